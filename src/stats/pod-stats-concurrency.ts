import type { RuntimeService } from "../cri/services.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** How many are asked for at once where the runtime can take it: two cores gain nothing from more. */
const ordinary = 8;

/** The first containerd that locks what PodSandboxStats writes. */
const firstSafe = [1, 6, 22] as const;

/**
 * How many pods a runtime may be asked to measure at once. Before 1.6.22 containerd dies of two PodSandboxStats at a time
 * ("fatal error: concurrent map writes", seen on 1.6.20 with 30 pods), and with it every stream of its containers.
 *
 * @see https://github.com/containerd/containerd/pull/8819
 * @see CRI RuntimeService.Version
 */
export async function podStatsConcurrency(
  runtime: Pick<RuntimeService, "version">,
  options: CallOptions = {},
): Promise<number> {
  const { runtimeName, runtimeVersion } = await runtime.version({}, options);
  return runtimeName === "containerd" && isBefore(runtimeVersion, firstSafe) ? 1 : ordinary;
}

/** Whether a version is older; one that cannot be read may be. */
function isBefore(version: string, other: readonly number[]): boolean {
  const numbers = /^v?(\d+)\.(\d+)\.(\d+)/u.exec(version)?.slice(1).map(Number);
  if (numbers === undefined) return true;
  const at = numbers.findIndex((number, index) => number !== other[index]);
  return at >= 0 && (numbers[at] ?? 0) < (other[at] ?? 0);
}
