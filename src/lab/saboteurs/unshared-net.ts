import type { Saboteur } from "../saboteur.ts";

/** Network: without a path, runc makes a new namespace instead of joining the sandbox's. */
export const unsharedNet: Saboteur = {
  name: "unshared-net",
  fault: "The container gets a network namespace of its own instead of the sandbox's.",
  on: "create",
  edit: 's#{"type":"network","path":"[^"]*"}#{"type":"network"}#',
};
