import { LabError } from "../../../errors.ts";
import { command } from "../../command.ts";
import { labUpView } from "../../views/lab.ts";

/** `crikit lab up`: a private runtime, until `crikit lab down`. */
export const up = command({
  about:
    "A containerd with its folders, socket, pod network and images to itself. It meets neither the machine's containerd nor " +
    "another lab. One of that name that is up already is used as it is. Needs root.",
  examples: [
    "crikit lab up",
    "crikit lab up --name two",
    "crikit lab up --containerd /opt/containerd-2.1/bin/containerd",
  ],
  formats: ["text", "json", "yaml"],
  words: (words) =>
    words
      .option("--name <name>", "what to call it (default: default)")
      .option("--dir <dir>", "where it lives (default: /var/lib/crikit/labs/NAME)")
      .option("--containerd <path>", "the containerd to run (default: the machine's)")
      .option("--saboteurs", "add handlers that break what a pod promises: unshared-net, -ipc, -uts, -pid, stray-exec"),
  run: async ({ options }, { signal, say }) => {
    const [{ Lab }, { labStatus }] = await Promise.all([
      import("../../../lab/lab.ts"),
      import("../../../lab/lab-status.ts"),
    ]);
    const { name } = await Lab.start({ ...options, signal, onStep: say });
    const status = (await labStatus()).find((lab) => lab.name === name);
    if (status === undefined) throw new LabError(`the lab '${name}' was taken down while it came up`);
    return { data: status, view: labUpView };
  },
});
