import { command } from "../../command.ts";
import { labStatusView } from "../../views/lab.ts";

/** `crikit lab status`: every lab of this machine. */
export const status = command({
  about: "A lab that is dead has a containerd that does not answer; 'crikit lab down' takes away what is left of it.",
  examples: ["crikit lab status", "crikit lab status -o json"],
  run: async () => {
    const { labStatus } = await import("../../../lab/lab-status.ts");
    return { data: await labStatus(), view: labStatusView };
  },
});
