import { command } from "../../command.ts";
import { list, listFormats, listWords } from "../../list.ts";
import { netnsCandidates } from "../../netns-candidates.ts";
import { socketsKind } from "../../views/netns-inside.ts";

/** `crikit netns sockets`: the sockets of a network namespace, with who holds them. */
export const sockets = command({
  about:
    "TCP and UDP, as the kernel lists them in that network namespace, with the processes in it that hold them. Needs root.",
  examples: ["crikit netns sockets web", "crikit netns sockets web --sort local"],
  formats: listFormats,
  words: (words) =>
    listWords(words.argument("<netns>", "a pod, a name of 'ip netns', or a number of 'crikit netns ls'")),
  complete: { netns: netnsCandidates },
  run: async ({ args: [word], options }, context) => {
    const { resolveNetns } = await import("../../../netns/resolve-netns.ts");
    const netns = await resolveNetns(word, context.connect);
    const { socketsIn } = await import("../../../netns/sockets.ts");
    return list(socketsKind, () => socketsIn(netns, { signal: context.signal }), { options, context });
  },
});
