import type { Saboteur } from "../saboteur.ts";

/**
 * The other way round: a pid namespace that should have been the container's own is the sandbox's, whose process the
 * paths of the shared namespaces name. Where the pod shares none of them with a sandbox, it is the host's.
 */
export const unsharedPid: Saboteur = {
  name: "unshared-pid",
  fault: "The container joins the sandbox's pid namespace although it should have one of its own.",
  on: "create",
  edit: [
    's#{"type":"pid"}\\(.*"path":"/proc/\\([0-9]*\\)/ns/\\)#{"type":"pid","path":"/proc/\\2/ns/pid"}\\1#',
    "t", // done
    's#{"type":"pid"},##',
  ].join("\n"),
};
