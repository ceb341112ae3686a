import { bulk, bulkFormats } from "../bulk.ts";
import { createdContainerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { containerIdView } from "../views/made.ts";

/** `crikit start`: starts containers that were created. */
export const start = command({
  about: "A container runs once: one that has exited is made anew by 'crikit restart'.",
  examples: ["crikit start web", "crikit start shop/web/app 3f4a1c"],
  formats: bulkFormats,
  words: (words) => words.argument("<container...>", "ids, the start of them, or names"),
  complete: { container: createdContainerCandidates },
  run: async ({ args: [words] }, context) => {
    const [{ resolveContainers }, { startContainer }] = await Promise.all([
      import("../../inventory/resolve.ts"),
      import("../../sandbox/start-container.ts"),
    ]);
    const line = await context.connect();
    return bulk({
      targets: await resolveContainers(line.runtime, words, line.call),
      context,
      doing: "starting",
      work: async ({ id: containerId }) => {
        await startContainer(line, containerId, line.call);
        return { containerId };
      },
      view: containerIdView,
    });
  },
});
