import { RuntimeFailedError, UnimplementedError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/**
 * A list call that comes in one answer, and in portions when that one is too large to be taken (KEP-5825). Asking for
 * portions first would cost a call on every runtime that has no such RPC, which are all that are in use.
 *
 * @throws what the one answer failed with, when the runtime has no portions either
 */
export function streamWhenLarge<Request, Part, Whole>(
  unary: (request: Request, options?: CallOptions) => Promise<Whole>,
  stream: (request: Request, options?: CallOptions) => AsyncIterable<Part>,
  join: (parts: readonly Part[]) => Whole,
): (request: Request, options?: CallOptions) => Promise<Whole> {
  let isLarge = false;
  return async (request, options) => {
    if (isLarge) return join(await collect(stream(request, options)));
    try {
      return await unary(request, options);
    } catch (error) {
      // By either side: the client's own limit, or the runtime's.
      if (!(error instanceof RuntimeFailedError && error.status === "RESOURCE_EXHAUSTED")) throw error;
      const parts = await collectIfThere(stream(request, options));
      if (parts === undefined) throw error;
      isLarge = true;
      return join(parts);
    }
  };
}

async function collectIfThere<Part>(stream: AsyncIterable<Part>): Promise<readonly Part[] | undefined> {
  try {
    return await collect(stream);
  } catch (error) {
    if (error instanceof UnimplementedError) return undefined;
    throw error;
  }
}

async function collect<Part>(stream: AsyncIterable<Part>): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}
