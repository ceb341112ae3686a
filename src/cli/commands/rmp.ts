import { PodSandboxState, type PodSandboxStatus } from "../../cri/messages.ts";
import { HostError } from "../../errors.ts";
import { listPodSandboxes } from "../../inventory/list-pod-sandboxes.ts";
import { resolvePodSandboxes } from "../../inventory/resolve.ts";
import { removePodSandbox } from "../../sandbox/remove-pod-sandbox.ts";
import { bulkFormats } from "../bulk.ts";
import { podCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { endAll } from "../ended.ts";
import { endingWords, isNamed } from "../ending-words.ts";

/** `crikit rmp`: removes pod sandboxes, with all that is in them. */
export const rmp = command({
  about: "A pod that is ready is removed under -f only, and is stopped then.",
  examples: ["crikit rmp web", "crikit rmp -f shop/web", "crikit rmp -af --label app=web --dry-run"],
  formats: bulkFormats,
  words: (words) =>
    endingWords(words.argument("[pod...]", "ids, the start of them, or names"), "every pod").option(
      "-f, --force",
      "stop what is still ready",
    ),
  complete: { pod: podCandidates },
  run: async ({ args: [words], options }, context) => {
    const named = isNamed(words, options, "pod");
    const line = await context.connect();
    const { runtime, call } = line;
    const listed = named ? [] : await listPodSandboxes(runtime, { labels: options.label }, call);
    const targets = named
      ? await resolvePodSandboxes(runtime, words, call)
      : listed.map(({ id, metadata }) => ({ id, name: metadata?.name }));
    const seen = new Map(listed.map((pod) => [pod.id, pod]));
    const statusOf = async (podSandboxId: string) => (await runtime.podSandboxStatus({ podSandboxId }, call)).status;
    /** @returns whether it is ready @throws {HostError} when it is, and is not to be stopped */
    const check = (id: string, pod: Pick<PodSandboxStatus, "metadata" | "state"> | undefined): boolean => {
      const isReady = pod?.state === PodSandboxState.SANDBOX_READY;
      if (!isReady || options.force === true) return isReady;
      throw new HostError(`pod ${pod.metadata?.name ?? ""} (${id}) is still ready, and was not removed`, {
        hint: `stop it first, or do both: crikit rmp -f ${id.slice(0, 13)}`,
      });
    };
    return endAll({
      targets,
      context,
      dryRun: options.dryRun,
      doing: "removed",
      nothing: "there is no pod",
      told: ({ id, wasReady }) => `${wasReady === true ? `Stopped sandbox ${id}\n` : ""}Removed sandbox ${id}`,
      work: async ({ id }) => {
        const status = await statusOf(id);
        const wasReady = check(id, status);
        await removePodSandbox(line, { id, metadata: status?.metadata }, call);
        return { wasReady };
      },
      rehearse: async ({ id }) => {
        check(id, seen.get(id) ?? (await statusOf(id)));
      },
    });
  },
});
