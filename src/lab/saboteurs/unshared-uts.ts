import type { Saboteur } from "../saboteur.ts";

/** Host name: without a path, runc makes a new namespace instead of joining the sandbox's. */
export const unsharedUts: Saboteur = {
  name: "unshared-uts",
  fault: "The container gets a UTS namespace of its own instead of the sandbox's.",
  on: "create",
  edit: 's#{"type":"uts","path":"[^"]*"}#{"type":"uts"}#',
};
