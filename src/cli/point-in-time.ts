import { UsageError } from "../errors.ts";
import { timeOf } from "../logs/log-entry.ts";
import { duration } from "./words.ts";

/**
 * A point in time, in nanoseconds since 1970: RFC 3339, or a duration before now. @throws {UsageError}
 */
export function pointInTime(text: string): bigint {
  if (/^\d{4}-\d\d-\d\d/u.test(text)) {
    const at = timeOf({ time: text });
    if (at !== undefined) return at;
    throw new UsageError(`'${text}' is not a point in time: write 2026-11-23T10:00:00Z, or how long ago: 10m`);
  }
  return BigInt(Date.now() - Math.round(duration(text))) * 1_000_000n;
}
