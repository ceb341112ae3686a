import { createContainerdServices } from "../containerd/services.ts";
import { taskEvent } from "../containerd/task-events.ts";
import type { Line } from "../cri/connect.ts";
import { criEvent, type RuntimeEvent } from "./runtime-event.ts";

/**
 * The events of a runtime, as long as the connection holds: CRI's, and containerd's own where CRI's are not implemented, or
 * are shared out. containerd tells no names: who it is has to be asked for.
 *
 * @throws {UnimplementedError} when the runtime has neither
 * @throws {ConnectionLostError} when the runtime goes
 * @see CRI RuntimeService.GetContainerEvents, containerd.services.events.v1.Events
 */
export async function* subscribe(line: Line, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
  const { runtimeName, runtimeVersion } = await line.runtime.version({}, { signal });
  // containerd 1.7 gives each of CRI's events to one listener alone: we would miss some, and take others away from kubelet.
  const isShared = runtimeName === "containerd" && /^v?1\./u.test(runtimeVersion);
  yield* isShared ? ofContainerd(line, signal) : ofCri(line, signal);
}

async function* ofCri(line: Line, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
  for await (const response of line.runtime.getContainerEvents({}, { signal })) {
    const event = criEvent(response);
    if (event !== undefined) yield event;
  }
}

async function* ofContainerd(line: Line, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
  const { events } = createContainerdServices(line.caller);
  // containerd has the events of all its clients: Docker's are in another namespace.
  const filters = ['namespace==k8s.io,topic~="^/(containers|tasks)/"'];
  for await (const envelope of events.subscribe({ filters }, { signal })) {
    const event = taskEvent(envelope);
    if (event === undefined) continue;
    const { containerId: id, what: kind, atNs, exitCode } = event;
    const end = exitCode === undefined ? {} : { exitCode };
    yield { id, kind, atNs, isSandbox: false, labels: {}, source: "containerd", ...end };
  }
}
