import { createContainerdServices } from "../containerd/services.ts";
import { taskEvent } from "../containerd/task-events.ts";
import type { Line } from "../cri/connect.ts";
import { createRuntimeService } from "../cri/services.ts";
import { UnimplementedError } from "../errors.ts";
import { criEvent, type RuntimeEvent } from "./runtime-event.ts";

/**
 * The events of a runtime, as long as the connection holds: CRI's, and containerd's own where CRI's are not implemented.
 * containerd tells no names: who it is has to be asked for.
 *
 * @throws {UnimplementedError} when the runtime has neither
 * @throws {ConnectionLostError} when the runtime goes
 * @see CRI RuntimeService.GetContainerEvents, containerd.services.events.v1.Events
 */
export async function* subscribe(line: Line, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
  // Its UNIMPLEMENTED is expected, and needs no explanation that costs another call.
  const runtime = createRuntimeService({ ...line.caller, explain: undefined });
  try {
    for await (const response of runtime.getContainerEvents({}, { signal })) {
      const event = criEvent(response);
      if (event !== undefined) yield event;
    }
  } catch (error) {
    if (!(error instanceof UnimplementedError)) throw error;
    yield* ofContainerd(line, signal, error);
  }
}

async function* ofContainerd(
  line: Line,
  signal: AbortSignal,
  criError: UnimplementedError,
): AsyncGenerator<RuntimeEvent> {
  const { events } = createContainerdServices({ ...line.caller, explain: undefined });
  // containerd has the events of all its clients: Docker's are in another namespace.
  const filters = ['namespace==k8s.io,topic~="^/(containers|tasks)/"'];
  try {
    for await (const envelope of events.subscribe({ filters }, { signal })) {
      const event = taskEvent(envelope);
      if (event === undefined) continue;
      const { containerId: id, what: kind, atNs, exitCode } = event;
      yield {
        id,
        kind,
        atNs,
        isSandbox: false,
        labels: {},
        source: "containerd",
        ...(exitCode === undefined ? {} : { exitCode }),
      };
    }
  } catch (error) {
    throw error instanceof UnimplementedError ? criError : error;
  }
}
