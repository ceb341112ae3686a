import { namespacePath, type RuntimeSpec } from "./runtime-spec.ts";
import type { ContainerInfo, PodSandboxInfo } from "./parse.ts";

/** containerd's `info` of PodSandboxStatus: `pid` is 0 once the sandbox has stopped, and for a pauseless one. */
export function podSandboxInfo(info: Readonly<Record<string, unknown>>): PodSandboxInfo {
  const runtimeSpec = info["runtimeSpec"] as RuntimeSpec | undefined;
  return { pid: pidOf(info), netnsPath: namespacePath(runtimeSpec, "network"), runtimeSpec, info };
}

/** containerd's `info` of ContainerStatus. */
export function containerInfo(info: Readonly<Record<string, unknown>>): ContainerInfo {
  return {
    pid: pidOf(info),
    podSandboxId: typeof info["sandboxID"] === "string" ? info["sandboxID"] : undefined,
    runtimeSpec: info["runtimeSpec"] as RuntimeSpec | undefined,
    info,
  };
}

function pidOf({ pid }: Readonly<Record<string, unknown>>): number | undefined {
  return typeof pid === "number" && pid > 0 ? pid : undefined;
}
