import type { Line } from "../cri/connect.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { forgetNames } from "./forget-names.ts";
import { onceSettled } from "./once-settled.ts";
import { unlessGone } from "./unless-gone.ts";

/**
 * Stops a pod sandbox with everything in it, and takes away the names that crikit gave to its network namespace. Harmless on one that is stopped or gone, and while somebody else stops it.
 *
 * @see CRI RuntimeService.StopPodSandbox
 */
export async function stopPodSandbox(
  { runtime }: Pick<Line, "runtime">,
  podSandboxId: string,
  options: CallOptions = {},
): Promise<void> {
  await onceSettled(async () => {
    await unlessGone(runtime.stopPodSandbox({ podSandboxId }, options));
  });
  await forgetNames();
}
