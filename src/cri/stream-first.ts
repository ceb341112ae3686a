import { UnimplementedError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/**
 * A list call that asks for the streamed form first and falls back on the unary one where the runtime does not have it,
 * which is remembered for as long as the client lives. A list over 16 MiB comes through only when it is streamed
 * (KEP-5825).
 */
export function streamFirst<Request, Part, Whole>(
  stream: (request: Request, options?: CallOptions) => AsyncIterable<Part>,
  unary: (request: Request, options?: CallOptions) => Promise<Whole>,
  join: (parts: readonly Part[]) => Whole,
): (request: Request, options?: CallOptions) => Promise<Whole> {
  let streams = true;
  return async (request, options) => {
    if (!streams) return unary(request, options);
    try {
      return join(await collect(stream(request, options)));
    } catch (error) {
      if (!(error instanceof UnimplementedError)) throw error;
      streams = false;
      return unary(request, options);
    }
  };
}

async function collect<Part>(stream: AsyncIterable<Part>): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}
