import { command } from "../../command.ts";
import { list, listFormats, listWords } from "../../list.ts";
import { netnsCandidates } from "../../netns-candidates.ts";
import { interfacesKind } from "../../views/netns-inside.ts";

/** `crikit netns addr`: the interfaces of a network namespace, with their addresses. */
export const addr = command({
  about:
    "Out of 'ip -j addr' in that network namespace; out of procfs where this machine has no ip(8), with what procfs shows. -o json has every field. Needs root.",
  examples: ["crikit netns addr web", "crikit netns addr shop/web -o json"],
  formats: listFormats,
  words: (words) =>
    listWords(words.argument("<netns>", "a pod, a name of 'ip netns', or a number of 'crikit netns ls'")),
  complete: { netns: netnsCandidates },
  run: async ({ args: [word], options }, context) => {
    const { resolveNetns } = await import("../../../netns/resolve-netns.ts");
    const netns = await resolveNetns(word, context.connect);
    const { addressesIn } = await import("../../../netns/inside.ts");
    return list(interfacesKind, () => addressesIn(netns, { signal: context.signal }), { options, context });
  },
});
