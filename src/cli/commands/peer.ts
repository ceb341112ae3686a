import { resolvePodSandboxes } from "../../inventory/resolve.ts";
import { readyPodCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { peerView } from "../views/peer.ts";

/** `crikit peer`: the host's side of a pod's network. */
export const peer = command({
  about:
    "The host's end of each of the pod's interfaces, the bridge that it is in, and the way that the host takes to the pod's addresses. Two ends are a pair when each has the other's number. Needs root.",
  examples: ["crikit peer web", "crikit peer shop/web -o json"],
  words: (words) => words.argument("<pod>", "its name, NAMESPACE/POD, id, or the start of it"),
  complete: { pod: readyPodCandidates },
  run: async ({ args: [word] }, context) => {
    const line = await context.connect();
    const [found] = await resolvePodSandboxes(line.runtime, [word], line.call);
    const lookup = await import("../../lookup/peer.ts");
    return { data: await lookup.peer(line, found?.id ?? word, line.call), view: peerView };
  },
});
