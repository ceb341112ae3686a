import { LinuxContainerResources } from "../../cri/messages.ts";
import { UsageError } from "../../errors.ts";
import { bulk, bulkFormats } from "../bulk.ts";
import { containerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { between, resourcesOf, resourceWords } from "../resource-words.ts";
import { containerIdView } from "../views/made.ts";

/** `crikit update`: changes limits of containers that exist. */
export const update = command({
  about:
    "What is not named stays as it is. What the runtime accepted and did not change is a failure. --cpu-count and " +
    "--cpu-maximum are for containers on Windows.",
  examples: [
    "crikit update --memory 64MiB web",
    "crikit update --cpu-quota 50000 --cpu-period 100000 shop/web/app",
    "crikit update --unified memory.high=64M web",
  ],
  formats: bulkFormats,
  words: (words) =>
    resourceWords(words.argument("<container...>", "ids, the start of them, or names"))
      .option("--cpu-count <number>", "how many CPUs it may use (Windows)", between(1n, 65_535n))
      .option(
        "--cpu-maximum <share>",
        "share of all CPU cycles, hundredths of a percent (Windows)",
        between(1n, 10_000n),
      ),
  complete: { container: containerCandidates },
  run: async ({ args: [words], options }, context) => {
    const wanted = resourcesOf(options);
    const { cpuCount, cpuMaximum } = options;
    const isWindows = cpuCount !== undefined || cpuMaximum !== undefined;
    if (!isWindows && Object.keys(wanted).length === 0) throw new UsageError("say what to change");
    const [{ resolveContainers }, { changeResources }, { toProtoJson }] = await Promise.all([
      import("../../inventory/resolve.ts"),
      import("../../sandbox/resources.ts"),
      import("../../cri/protojson.ts"),
    ]);
    const line = await context.connect();
    const work = async ({ id: containerId }: { readonly id: string }) => {
      if (isWindows) {
        const { cpuShares = 0n, memoryLimitInBytes = 0n } = wanted;
        const windows = { cpuCount: cpuCount ?? 0n, cpuMaximum: cpuMaximum ?? 0n, cpuShares, memoryLimitInBytes };
        await line.runtime.updateContainerResources({ containerId, windows }, line.call);
        return { containerId };
      }
      const { resources } = await changeResources(line, { containerId, wanted }, line.call);
      return {
        containerId,
        ...(resources === undefined ? {} : { resources: toProtoJson(LinuxContainerResources, resources) }),
      };
    };
    const targets = await resolveContainers(line.runtime, words, line.call);
    return bulk({ targets, context, doing: "updating", work, view: containerIdView });
  },
});
