import { parseConfig } from "../configs/parse-config.ts";
import type { Line } from "../cri/connect.ts";
import type { ContainerConfig, DeepPartial, PodSandboxConfig } from "../cri/messages.ts";
import { NotFoundError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { containerDetails, type ContainerDetails, podSandboxDetails, type PodSandboxDetails } from "./details.ts";

/** A pod sandbox, and the config that the runtime was sent for it. */
export interface RecordedPodSandbox extends PodSandboxDetails {
  readonly config: DeepPartial<PodSandboxConfig>;
}

/** A container, and the config that the runtime was sent for it. */
export interface RecordedContainer extends ContainerDetails {
  readonly config: DeepPartial<ContainerConfig>;
}

/**
 * What a pod sandbox was made from, out of the verbose info.
 *
 * @throws {NotFoundError} when it is gone, or the runtime does not tell the config: containerd does, CRI-O does not
 */
export async function recordedPodSandbox(
  line: Line,
  podSandboxId: string,
  options: CallOptions = {},
): Promise<RecordedPodSandbox> {
  const details = await podSandboxDetails(line, podSandboxId, options);
  const config = await recorded(details.verbose.info, { kind: "pod", id: podSandboxId, endpoint: line.endpoint });
  return { ...details, config };
}

/** The same of a container. @throws {NotFoundError} */
export async function recordedContainer(
  line: Line,
  containerId: string,
  options: CallOptions = {},
): Promise<RecordedContainer> {
  const details = await containerDetails(line, containerId, options);
  const what = { kind: "container", id: containerId, endpoint: line.endpoint } as const;
  return { ...details, config: await recorded(details.verbose.info, what) };
}

async function recorded(
  info: Readonly<Record<string, unknown>>,
  { kind, id, endpoint }: { readonly kind: "pod" | "container"; readonly id: string; readonly endpoint: string },
): Promise<object> {
  const config = info["config"];
  if (typeof config !== "object" || config === null) {
    throw new NotFoundError(`the runtime on ${endpoint} does not tell what ${kind} ${id.slice(0, 13)} was made from`, {
      endpoint,
      hint: "containerd tells it; where a command takes config files, give it one",
    });
  }
  const text = JSON.stringify(config, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  // A runtime newer than our stubs may have been sent more than we know.
  return parseConfig({ name: `the config of ${kind} ${id.slice(0, 13)}`, text }, kind, { lenient: true });
}
