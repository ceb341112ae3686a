import { bulk, bulkFormats } from "../bulk.ts";
import { containerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { containerIdView } from "../views/made.ts";
import { count } from "../words.ts";

/** What Docker and kubelet leave a container to end by itself, seconds. */
const defaultGraceSeconds = 10;

/** `crikit restart`: runs containers again. */
export const restart = command({
  about:
    "CRI cannot start a container twice. So another is made from the config that the runtime was sent for the first one, " +
    "its attempt one higher, and the first one is removed when the new one runs; its log goes on. Limits that 'crikit " +
    "update' has changed are those of the config again. Prints the new ids.",
  examples: ["crikit restart web", "crikit restart -t 30 shop/web/app shop/web/proxy"],
  formats: bulkFormats,
  words: (words) =>
    words
      .argument("<container...>", "ids, the start of them, or names")
      .option("-t, --timeout <seconds>", "what one that runs gets to end", count, defaultGraceSeconds),
  complete: { container: containerCandidates },
  run: async ({ args: [words], options: { timeout } }, context) => {
    const [{ resolveContainers }, { restartContainer }] = await Promise.all([
      import("../../inventory/resolve.ts"),
      import("../../sandbox/restart-container.ts"),
    ]);
    const line = await context.connect();
    return bulk({
      targets: await resolveContainers(line.runtime, words, line.call),
      context,
      doing: "restarting",
      work: ({ id: containerId }) => restartContainer(line, { containerId, graceSeconds: timeout }, line.call),
      view: containerIdView,
    });
  },
});
