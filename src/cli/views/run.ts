import type { RunConfigs } from "../../configs/from-words.ts";
import { ContainerConfig, namespaceModeToJSON, type NamespaceOption, PodSandboxConfig } from "../../cri/messages.ts";
import type { MadeContainer, MadePod } from "./made.ts";

/** A pod with one container that has been started. */
export interface RunStarted extends MadePod, MadeContainer {}

/** How a container that was waited for ended. */
export interface RunEnded extends MadeContainer {
  readonly exitCode: number;
  readonly reason: string;
}

/** The pod on one line, the container's id alone on the last: a script takes that. Nothing for the end: it is the exit status. */
export function runView(item: RunStarted | RunEnded): string {
  if (!("podSandboxId" in item)) return "";
  const { podSandboxId, namespace, name, containerId } = item;
  return `pod ${podSandboxId} ${namespace === "" ? name : `${namespace}/${name}`}\n${containerId}`;
}

/** The container's id alone, as crictl prints it. */
export function quietRunView(item: RunStarted | RunEnded): string {
  return "podSandboxId" in item ? item.containerId : "";
}

/** The configs as files can have them: what is said, and which namespaces are shared even where that is CRI's zero value. */
export function shownConfigs({ pod, container, runtimeHandler }: RunConfigs): ShownConfigs {
  return {
    pod: withModes(PodSandboxConfig.toJSON(PodSandboxConfig.fromPartial(pod)), modesOf(pod.linux?.securityContext)),
    container: withModes(
      ContainerConfig.toJSON(ContainerConfig.fromPartial(container)),
      modesOf(container.linux?.securityContext),
    ),
    ...(runtimeHandler === "" ? {} : { runtimeHandler }),
  };
}

/** Each in protobuf's JSON form, as `crikit run` takes it. */
export interface ShownConfigs {
  readonly pod: unknown;
  readonly container: unknown;
  readonly runtimeHandler?: string;
}

type Modes = { readonly [Kind in "network" | "pid" | "ipc"]?: NamespaceOption[Kind] | undefined };

function modesOf(security: { readonly namespaceOptions?: Modes | undefined } | undefined): Modes {
  return security?.namespaceOptions ?? {};
}

interface Shown {
  readonly linux?: { readonly securityContext?: Readonly<Record<string, unknown>> };
}

function withModes(json: unknown, { network, pid, ipc }: Modes): unknown {
  const { linux = {}, ...rest } = json as Shown;
  const modes = Object.entries({ network, pid, ipc }).flatMap(([name, mode]) =>
    mode === undefined ? [] : [[name, namespaceModeToJSON(mode)]],
  );
  if (modes.length === 0) return json;
  const { securityContext = {} } = linux;
  const others = (securityContext["namespaceOptions"] ?? {}) as object;
  const namespaceOptions = { ...others, ...Object.fromEntries(modes) };
  return { ...rest, linux: { ...linux, securityContext: { ...securityContext, namespaceOptions } } };
}
