import type { PodSandboxStatus } from "../../cri/messages.ts";
import { UsageError } from "../../errors.ts";
import { listPodSandboxes } from "../../inventory/list-pod-sandboxes.ts";
import { resolvePodSandboxes } from "../../inventory/resolve.ts";
import { podCandidates, podIdCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { inspect as inspectAll, inspectFormats } from "../inspect.ts";
import { inspectedPod, podStatusView } from "../views/pod-status.ts";
import { podQuery, podWords } from "../pod-words.ts";

/** `crikit inspectp`: all that the runtime says of pod sandboxes. */
export const inspectp = command({
  about: "A pod is named by its id, the start of it, its name, or NAMESPACE/NAME; or chosen by flags, as with pods.",
  examples: [
    "crikit inspectp web",
    "crikit inspectp kube-system/dns -o table",
    "crikit inspectp --state ready -q -o yaml",
    "crikit inspectp web -o go-template --template '{{.status.network.ip}}'",
  ],
  formats: inspectFormats,
  words: (words) =>
    podWords(words.argument("[pod...]", "ids or names")).option(
      "-q, --quiet",
      "the status alone, without the runtime's own info",
    ),
  complete: { pod: podCandidates, "--id": podIdCandidates },
  run: async ({ args: [words], options }, context) => {
    const query = podQuery(options);
    if (words.length > 0 && query !== undefined) throw new UsageError("name pods, or choose them by flags");
    if (words.length === 0 && query === undefined) throw new UsageError("which pod? name one, or choose by flags");
    const { runtime, call } = await context.connect();
    const chosen =
      query === undefined
        ? await resolvePodSandboxes(runtime, words, call)
        : await listPodSandboxes(runtime, query, call);
    return inspectAll({
      ids: chosen.map(({ id }) => id),
      look: async (podSandboxId) => {
        const verbose = options.quiet !== true;
        const { status, info } = await runtime.podSandboxStatus({ podSandboxId, verbose }, call);
        // The client takes no answer without a status.
        return inspectedPod(status as PodSandboxStatus, info);
      },
      view: podStatusView,
    });
  },
});
