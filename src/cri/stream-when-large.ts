import { RuntimeFailedError, UnimplementedError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** What a list is asked for with, in one answer and in portions. */
interface ListCalls<Request, Part, Whole> {
  readonly unary: (request: Request, options?: CallOptions) => Promise<Whole>;
  readonly stream: (request: Request, options?: CallOptions) => AsyncIterable<Part>;
}

/**
 * A list call that comes in one answer, and in portions when that one is too large to be taken (KEP-5825). Asking for
 * portions first would cost a call on every runtime that has no such RPC, which are all that are in use.
 *
 * @throws what the one answer failed with, when the runtime has no portions either
 */
export function streamWhenLarge<Request, Part, Whole>(
  { unary, stream }: ListCalls<Request, Part, Whole>,
  join: (parts: readonly Part[]) => Whole,
): (request: Request, options?: CallOptions) => Promise<Whole> {
  let isLarge = false;
  return async (request, options) => {
    let tooLarge: unknown;
    try {
      if (!isLarge) return await unary(request, options);
    } catch (error) {
      // By either side: the client's own limit, or the runtime's.
      if (!(error instanceof RuntimeFailedError && error.status === "RESOURCE_EXHAUSTED")) throw error;
      tooLarge = error;
    }
    const parts: Part[] = [];
    try {
      for await (const part of stream(request, options)) parts.push(part);
    } catch (error) {
      throw error instanceof UnimplementedError && tooLarge !== undefined ? tooLarge : error;
    }
    isLarge = true;
    return join(parts);
  };
}

/**
 * The same list for who need not wait for the last of it: each portion as it comes, where the runtime has them, else the one
 * answer. That costs one call more where it has none.
 *
 * @throws what the one answer failed with, when the runtime has no portions
 */
export async function* inPortions<Request, Part, Whole>(
  { unary, stream }: ListCalls<Request, Part, Whole>,
  request: Request,
  options?: CallOptions,
): AsyncGenerator<Part | Whole, void, undefined> {
  let hasBegun = false;
  try {
    for await (const part of stream(request, options)) {
      hasBegun = true;
      yield part;
    }
    return;
  } catch (error) {
    if (hasBegun || !(error instanceof UnimplementedError)) throw error;
  }
  yield await unary(request, options);
}
