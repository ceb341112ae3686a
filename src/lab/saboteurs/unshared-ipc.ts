import type { Saboteur } from "../saboteur.ts";

/** System V IPC and POSIX message queues: without a path, runc makes a new namespace instead of joining the sandbox's. */
export const unsharedIpc: Saboteur = {
  name: "unshared-ipc",
  fault: "The container gets an IPC namespace of its own instead of the sandbox's.",
  on: "create",
  edit: 's#{"type":"ipc","path":"[^"]*"}#{"type":"ipc"}#',
};
