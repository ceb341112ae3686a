import { isInteger, parse } from "lossless-json";
import { MalformedAnswerError } from "../../errors.ts";

/**
 * JSON whose whole numbers beyond 2^53 come as bigint instead of being rounded: memory limits and rlimits of a runtime
 * spec reach 2^64 - 1.
 *
 * @throws {MalformedAnswerError} when `text` is not JSON; `what` names it
 */
export function parseLossless(text: string, what: string): unknown {
  try {
    return parse(text, undefined, { parseNumber });
  } catch (error) {
    throw new MalformedAnswerError(`${what} is not JSON`, { cause: error });
  }
}

function parseNumber(digits: string): number | bigint {
  const value = Number(digits);
  return isInteger(digits) && !Number.isSafeInteger(value) ? BigInt(digits) : value;
}
