import { listPodSandboxes, podSandboxesInPortions } from "../../inventory/list-pod-sandboxes.ts";
import { podIdCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { list, listFormats, listWords } from "../list.ts";
import { podQuery, podWords } from "../pod-words.ts";
import { podsKind } from "../views/pods.ts";

/** `crikit pods`: the pod sandboxes. */
export const pods = command({
  about:
    "The newest come first. -o wide asks for the status of each ready one, to show its process, addresses and network namespace. -o jsonl prints a list that is too long for one answer as it comes.",
  examples: [
    "crikit pods",
    "crikit pods --state ready -o wide",
    "crikit pods --namespace '^kube-' --label app=dns",
    "crikit pods -q --name web",
  ],
  formats: listFormats,
  words: (words) => podWords(listWords(words)).option("-v, --verbose", "all that the list knows of each"),
  complete: { "--id": podIdCandidates },
  run: async ({ options }, context) => {
    const line = await context.connect();
    const query = podQuery(options);
    const fetch = async () => {
      const found = await listPodSandboxes(line.runtime, query, line.call);
      if (context.format !== "wide") return found;
      const { placesOfPods } = await import("../../inventory/place.ts");
      const places = await placesOfPods(line, found, line.call);
      return found.map((pod, at) => ({ ...pod, place: places[at] }));
    };
    const isCut = query?.latest === true || query?.last !== undefined;
    const portions = isCut ? undefined : () => podSandboxesInPortions(line, query, line.call);
    return list(podsKind, fetch, { options, context, portions });
  },
});
