import { namespacePath, type RuntimeSpec } from "./runtime-spec.ts";
import type { ContainerInfo, PodSandboxInfo } from "./parse.ts";

/**
 * CRI-O's `info` of PodSandboxStatus. It has no `pid` unless the infra container is kept, which is off by default; the
 * spec carries the pinned paths.
 */
export function podSandboxInfo(info: Readonly<Record<string, unknown>>): PodSandboxInfo {
  const runtimeSpec = info["runtimeSpec"] as RuntimeSpec | undefined;
  return { pid: pidOf(info), netnsPath: pinnedNetns(runtimeSpec), runtimeSpec, info };
}

/** CRI-O's `info` of ContainerStatus. */
export function containerInfo(info: Readonly<Record<string, unknown>>): ContainerInfo {
  return {
    pid: pidOf(info),
    podSandboxId: typeof info["sandboxID"] === "string" ? info["sandboxID"] : undefined,
    runtimeSpec: info["runtimeSpec"] as RuntimeSpec | undefined,
    info,
  };
}

/** A path below /proc is a process's and goes with it; only a file of its own is a pin. */
function pinnedNetns(spec: RuntimeSpec | undefined): string | undefined {
  const path = namespacePath(spec, "network");
  return path?.startsWith("/proc/") === true ? undefined : path;
}

function pidOf({ pid }: Readonly<Record<string, unknown>>): number | undefined {
  return typeof pid === "number" && pid > 0 ? pid : undefined;
}
