import { command } from "../command.ts";
import { whichView } from "../views/which.ts";

/** `crikit which`: the pod behind something of the node. */
export const which = command({
  about:
    "Of a process by its cgroup, else by its network namespace; of a port by who listens on it on the host or in a pod, and by the pods' port mappings; of an address by what the runtime reports and what is inside; of a namespace by who is in it or what is pinned; of an interface of the host by its other end. A number alone is all that it can be: say pid:N, port:N or inode:N for one. Exit status: 1 when no pod is behind it.",
  examples: [
    "crikit which 4711",
    "crikit which port:8080",
    "crikit which 10.88.0.12",
    "crikit which 'net:[4026532177]'",
    "crikit which veth1a2b3c4d",
  ],
  words: (words) =>
    words.argument("<word>", "a pid, port, IP address, number of a namespace, or interface of the host"),
  run: async ({ args: [word] }, context) => {
    const [{ parseSubject }, lookup] = await Promise.all([
      import("../../lookup/parse-subject.ts"),
      import("../../lookup/which.ts"),
    ]);
    parseSubject(word); // before anything is asked
    const line = await context.connect();
    return { data: { matches: await lookup.which(line, word, line.call) }, view: whichView };
  },
});
