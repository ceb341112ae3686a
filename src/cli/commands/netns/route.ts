import { command } from "../../command.ts";
import { list, listFormats, listWords } from "../../list.ts";
import { netnsCandidates } from "../../netns-candidates.ts";
import { routesKind } from "../../views/netns-inside.ts";

/** `crikit netns route`: the routes of a network namespace. */
export const route = command({
  about:
    "Out of 'ip -j route' in that network namespace, IPv4 first; out of procfs where this machine has no ip(8). Needs root.",
  examples: ["crikit netns route web", "crikit netns route 4026532177 -o json"],
  formats: listFormats,
  words: (words) =>
    listWords(words.argument("<netns>", "a pod, a name of 'ip netns', or a number of 'crikit netns ls'")),
  complete: { netns: netnsCandidates },
  run: async ({ args: [word], options }, context) => {
    const { resolveNetns } = await import("../../../netns/resolve-netns.ts");
    const netns = await resolveNetns(word, context.connect);
    const { routesIn } = await import("../../../netns/inside.ts");
    return list(routesKind, () => routesIn(netns, { signal: context.signal }), { options, context });
  },
});
