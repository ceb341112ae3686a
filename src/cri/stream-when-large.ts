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
    const parts: Part[] = [];
    const calls = { unary: isLarge ? undefined : unary, stream };
    for await (const answer of answers(calls, request, options)) {
      if ("whole" in answer) return answer.whole;
      parts.push(answer.part);
    }
    isLarge = true;
    return join(parts);
  };
}

/**
 * The same list as it comes: the one answer, or each portion at once, before the next has come.
 *
 * @throws as {@link streamWhenLarge}
 */
export async function* inPortions<Request, Part, Whole>(
  calls: ListCalls<Request, Part, Whole>,
  request: Request,
  options?: CallOptions,
): AsyncGenerator<Part | Whole, void, undefined> {
  for await (const answer of answers(calls, request, options)) yield "whole" in answer ? answer.whole : answer.part;
}

type Answer<Part, Whole> = { readonly whole: Whole } | { readonly part: Part };

interface MaybeOnlyStream<Request, Part, Whole> extends Pick<ListCalls<Request, Part, Whole>, "stream"> {
  /** Absent where it is known that one answer is too large. */
  readonly unary: ListCalls<Request, Part, Whole>["unary"] | undefined;
}

async function* answers<Request, Part, Whole>(
  { unary, stream }: MaybeOnlyStream<Request, Part, Whole>,
  request: Request,
  options: CallOptions | undefined,
): AsyncGenerator<Answer<Part, Whole>, void, undefined> {
  let tooLarge: unknown;
  try {
    if (unary !== undefined) {
      yield { whole: await unary(request, options) };
      return;
    }
  } catch (error) {
    // By either side: the client's own limit, or the runtime's.
    if (!(error instanceof RuntimeFailedError && error.status === "RESOURCE_EXHAUSTED")) throw error;
    tooLarge = error;
  }
  try {
    for await (const part of stream(request, options)) yield { part };
  } catch (error) {
    throw error instanceof UnimplementedError && tooLarge !== undefined ? tooLarge : error;
  }
}
