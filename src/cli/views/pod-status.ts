import { namespaceModeToJSON, podSandboxStateToJSON, PodSandboxStatus } from "../../cri/messages.ts";
import { mergedStatus } from "../../cri/verbose-info/merged-status.ts";
import { parsePodSandboxInfo, type VerboseInfo } from "../../cri/verbose-info/verbose-info.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import type { Inspected } from "../inspect.ts";
import { details } from "./details.ts";
import { rfc3339 } from "./rfc3339.ts";

/** A pod sandbox, and where it runs. */
export interface InspectedPod extends Inspected<PodSandboxStatus> {
  readonly pid: number | undefined;
  readonly netnsPath: string | undefined;
}

/** A pod sandbox's status as crictl prints it: the time as a text, the verbose info beside it. */
export async function inspectedPod(status: PodSandboxStatus, info: VerboseInfo): Promise<InspectedPod> {
  const json = { ...(toProtoJson(PodSandboxStatus, status) as object), createdAt: rfc3339(status.createdAt) };
  const { pid, netnsPath } = await parsePodSandboxInfo(info);
  return { status, merged: await mergedStatus(json, info), pid, netnsPath };
}

/** A pod sandbox for people. */
export function podStatusView({ status, pid, netnsPath }: InspectedPod): string {
  const { ip = "", additionalIps = [] } = status.network ?? {};
  const { options } = status.linux?.namespaces ?? {};
  return details({
    ID: status.id,
    Name: status.metadata?.name,
    UID: status.metadata?.uid,
    Namespace: status.metadata?.namespace,
    Attempt: status.metadata?.attempt,
    State: podSandboxStateToJSON(status.state),
    Created: rfc3339(status.createdAt),
    "IP Addresses": [ip, ...additionalIps.map((each) => each.ip)].filter((address) => address !== "").join(", "),
    PID: pid,
    "Network Namespace": netnsPath,
    Namespaces:
      options === undefined
        ? undefined
        : {
            network: namespaceModeToJSON(options.network),
            pid: namespaceModeToJSON(options.pid),
            ipc: namespaceModeToJSON(options.ipc),
          },
    Runtime: status.runtimeHandler === "" ? "(default)" : status.runtimeHandler,
    Labels: status.labels,
    Annotations: status.annotations,
  });
}
