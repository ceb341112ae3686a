import { ContainerCreate, ContainerDelete, TaskExit, TaskStart } from "../gen/containerd/events/events.ts";
import type { Envelope } from "../gen/containerd/types/event.ts";

/** What containerd's own events say of a container's life. A pod sandbox is a container too, to containerd. */
export interface TaskEvent {
  readonly containerId: string;
  readonly what: "created" | "started" | "stopped" | "deleted";
  /** Nanoseconds since 1970. */
  readonly atNs: bigint;
  /** How its first process ended. */
  readonly exitCode?: number;
}

/**
 * Reads an event of containerd's. `undefined` for one that is not about a container's life, such as the end of an exec.
 *
 * @see containerd.events
 */
export function taskEvent({ topic, event, timestamp }: Envelope): TaskEvent | undefined {
  if (event === undefined) return undefined;
  const atNs = (timestamp?.seconds ?? 0n) * 1_000_000_000n + BigInt(timestamp?.nanos ?? 0);
  const { value } = event;
  switch (topic) {
    case "/containers/create":
      return { containerId: ContainerCreate.decode(value).id, what: "created", atNs };
    case "/tasks/start":
      return { containerId: TaskStart.decode(value).containerId, what: "started", atNs };
    case "/tasks/exit": {
      const { containerId, id, exitStatus } = TaskExit.decode(value);
      return id === containerId ? { containerId, what: "stopped", atNs, exitCode: exitStatus } : undefined;
    }
    case "/containers/delete":
      return { containerId: ContainerDelete.decode(value).id, what: "deleted", atNs };
    default:
      return undefined;
  }
}
