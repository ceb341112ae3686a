import type { Line } from "../cri/connect.ts";
import { UnimplementedError } from "../errors.ts";

/**
 * What to throw when a service of containerd's own failed: where the runtime does not have it, a sentence that says so, else
 * the failure itself.
 *
 * @param what such as `cannot load images`
 * @param instead what to do on another runtime, if there is something
 */
export function onlyContainerd(
  error: unknown,
  { endpoint }: Pick<Line, "endpoint">,
  { what, instead }: { readonly what: string; readonly instead?: string },
): unknown {
  if (!(error instanceof UnimplementedError)) return error;
  const hint = "only containerd has services of its own for that";
  return new UnimplementedError(`the runtime on ${endpoint} ${what}: CRI has no RPC for it`, {
    endpoint,
    cause: error,
    hint: instead === undefined ? hint : `${hint}; ${instead}`,
  });
}
