import { UsageError } from "../../../errors.ts";
import { command } from "../../command.ts";
import { netnsCandidates } from "../../netns-candidates.ts";

/** `crikit netns exec`: a program of this machine in another network namespace. */
export const exec = command({
  about:
    "The program is this machine's, with its files, its processes and its terminal; the network alone is the pod's. Ends as the program ended. Needs root.",
  examples: [
    "crikit netns exec web -- ip addr",
    "crikit netns exec shop/web -- tcpdump -ni eth0 -c 10",
    "crikit netns exec 4026532177 -- ss -tlnp",
  ],
  formats: ["text"],
  words: (words) =>
    words
      .argument("<netns>", "a name of 'ip netns', a number of 'crikit netns ls', or a pod")
      .argument("<command...>", "the program and its arguments"),
  complete: { netns: netnsCandidates },
  run: async ({ args: [word, program] }, context) => {
    if (program[0] === "") throw new UsageError("there is no program without a name");
    const { resolveNetns } = await import("../../../netns/resolve-netns.ts");
    const netns = await resolveNetns(word, context.connect);
    const [{ insideWords, stillThere }, { runInherited }] = await Promise.all([
      import("../../../netns/inside.ts"),
      import("../../../linux/run-inherited.ts"),
    ]);
    return {
      pass: async () => {
        await stillThere(netns);
        return runInherited("nsenter", insideWords(netns, program), context.signal);
      },
    };
  },
});
