import type { RunConfigs } from "../../configs/from-words.ts";
import { ContainerConfig, PodSandboxConfig } from "../../cri/messages.ts";
import type { MadeContainer, MadePod } from "./made.ts";
import { printable } from "./printable.ts";

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
  const pod = namespace === "" ? name : `${namespace}/${name}`;
  return `pod ${printable(podSandboxId)} ${printable(pod)}\n${printable(containerId)}`;
}

/** The container's id alone, as crictl prints it. */
export function quietRunView(item: RunStarted | RunEnded): string {
  return "podSandboxId" in item ? printable(item.containerId) : "";
}

/** The configs as files can have them: what is said and nothing else, even where it is CRI's zero value. */
export function shownConfigs({ pod, container, runtimeHandler }: RunConfigs): ShownConfigs {
  return {
    pod: said(PodSandboxConfig.toJSON(PodSandboxConfig.fromPartial(pod)), pod),
    container: said(ContainerConfig.toJSON(ContainerConfig.fromPartial(container)), container),
    ...(runtimeHandler === "" ? {} : { runtimeHandler }),
  };
}

/** Each in protobuf's JSON form, as `crikit run` takes it. */
export interface ShownConfigs {
  readonly pod: unknown;
  readonly container: unknown;
  readonly runtimeHandler?: string;
}

/** Of the JSON of a whole message, which has every default, what the partial one says. */
function said(json: unknown, partial: unknown): unknown {
  // The value of an environment variable is bytes in CRI and a text in everybody's files.
  if (partial instanceof Uint8Array) return Buffer.from(partial).toString("utf8");
  if (Array.isArray(json) && Array.isArray(partial)) return json.map((item, at) => said(item, partial[at]));
  if (!isRecord(json) || !isRecord(partial)) return json;
  return Object.fromEntries(
    Object.entries(json).flatMap(([name, value]) =>
      partial[name] === undefined ? [] : [[name, said(value, partial[name])]],
    ),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
