import { ContainerState, ContainerStatus, containerStateToJSON } from "../../cri/messages.ts";
import { mergedStatus } from "../../cri/verbose-info/merged-status.ts";
import type { VerboseInfo } from "../../cri/verbose-info/verbose-info.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import type { Inspected } from "../inspect.ts";
import { details } from "./details.ts";
import { rfc3339 } from "./rfc3339.ts";

/** A container's status as crictl prints it: times as texts, the verbose info beside it. */
export async function inspectedContainer(
  status: ContainerStatus,
  info: VerboseInfo,
): Promise<Inspected<ContainerStatus>> {
  const { createdAt, startedAt, finishedAt } = status;
  const times = { createdAt: rfc3339(createdAt), startedAt: rfc3339(startedAt), finishedAt: rfc3339(finishedAt) };
  const json = { ...(toProtoJson(ContainerStatus, status) as object), ...times };
  return { status, merged: await mergedStatus(json, info) };
}

/** A container for people. */
export function containerStatusView({ status, merged }: Inspected<ContainerStatus>): string {
  const { info } = merged as { readonly info?: { readonly pid?: unknown; readonly sandboxID?: unknown } };
  return details({
    ID: status.id,
    Name: status.metadata?.name,
    Attempt: status.metadata?.attempt,
    Pod: typeof info?.sandboxID === "string" ? info.sandboxID : undefined,
    State: containerStateToJSON(status.state),
    ...(status.reason === "" ? {} : { Reason: status.reason }),
    ...(status.message === "" ? {} : { Message: status.message }),
    Image: status.image?.image,
    "Image Ref": status.imageRef,
    PID: typeof info?.pid === "number" && info.pid > 0 ? info.pid : undefined,
    Created: rfc3339(status.createdAt),
    Started: rfc3339(status.startedAt),
    Finished: rfc3339(status.finishedAt),
    "Exit Code": status.state === ContainerState.CONTAINER_EXITED ? status.exitCode : undefined,
    Log: status.logPath === "" ? undefined : status.logPath,
    Mounts: status.mounts.map(({ hostPath, containerPath, readonly }) => {
      return `${hostPath} -> ${containerPath}${readonly ? " (read-only)" : ""}`;
    }),
    Labels: status.labels,
    Annotations: status.annotations,
  });
}
