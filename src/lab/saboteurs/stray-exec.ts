import type { Saboteur } from "../saboteur.ts";

/** runc lets a later program join those namespaces that it remembers of the container; from one that it forgot, it stays away. */
export const strayExec: Saboteur = {
  name: "stray-exec",
  fault: "What is started in the container later stays in the host's network namespace.",
  on: "exec",
  edit: [
    's#,{"type":"NEWNET","path":"[^"]*"}##',
    "t", // done
    's#{"type":"NEWNET","path":"[^"]*"},##',
  ].join("\n"),
};
