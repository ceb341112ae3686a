import { AmbiguousError, NotFoundError } from "../../errors.ts";
import { listContainers } from "../../inventory/list-containers.ts";
import { resolveContainers, resolvePodSandboxes } from "../../inventory/resolve.ts";
import { containerLog } from "../../logs/container-log.ts";
import { containerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import type { RuntimeLine } from "../context.ts";
import { passLogs } from "../pass-logs.ts";
import { pointInTime } from "../point-in-time.ts";
import { count, oneOf } from "../words.ts";

/** `crikit logs`: what containers have written. */
export const logs = command({
  about:
    "Logs are files of the runtime's machine: this reads them there, rotated and compressed ones too. A pod's name means all its containers, each line with its container's name in front, in the order of time. What a container wrote to stderr goes to stderr. On a terminal, control characters are shown and not obeyed, but for colours.",
  examples: [
    "crikit logs web/app",
    "crikit logs -f --tail 20 web",
    "crikit logs --since 10m -t web/app",
    "crikit logs -p web/app",
    "crikit logs -o jsonl --stream stderr web",
  ],
  formats: ["text", "jsonl"],
  words: (words) =>
    words
      .argument("<container>", "id or name of a container, POD/CONTAINER, or a pod")
      .option("-f, --follow", "go on as it is written, until the container ends")
      .option("-p, --previous", "the log of the attempt before")
      .option("--tail <lines>", "so many of the last lines of each container", lastLines)
      .option("--since <time>", "from a point in time on, or from so long ago: 2026-11-23T10:00:00Z, 10m", pointInTime)
      .option("-t, --timestamps", "put the time in front of each line")
      .option("-s, --stream <stream>", "stdout or stderr alone", oneOf("stdout", "stderr"))
      .option("--limit-bytes <bytes>", "at most so many bytes of each container", lastLines)
      .option("-r, --reopen", "have the runtime open its log file anew before")
      .option("--raw", "pass everything on as it is, to a terminal as well"),
  complete: { container: containerCandidates },
  run: async ({ args: [word], options }, context) => {
    const line = await context.connect();
    const { containers, isPod } = await meant(line, word);
    if (options.reopen === true) {
      for (const { id } of containers) await line.runtime.reopenContainerLog({ containerId: id }, line.call);
    }
    const found = await Promise.all(
      containers.map(({ id }) => containerLog(line, id, { ...line.call, previous: options.previous })),
    );
    return passLogs(found, { ...options, isPod }, { context, line });
  },
});

/** A container; or, by its name, a pod with all that it holds, in the order they were made. */
async function meant(
  line: RuntimeLine,
  word: string,
): Promise<{ readonly containers: readonly { readonly id: string }[]; readonly isPod: boolean }> {
  try {
    return { containers: await resolveContainers(line.runtime, [word], line.call), isPod: false };
  } catch (error) {
    if (!(error instanceof NotFoundError || error instanceof AmbiguousError)) throw error;
    const [pod] = await resolvePodSandboxes(line.runtime, [word], line.call).catch(() => {
      throw error; // a container is what was asked for first
    });
    const inside = await listContainers(line, { pod: pod?.id }, line.call);
    if (inside.length === 0) throw new NotFoundError(`pod ${word} has no container`, { cause: error });
    return { containers: inside.toReversed(), isPod: true };
  }
}

/** -1 is all of them, as crictl has it. */
function lastLines(text: string): number | undefined {
  return text === "-1" ? undefined : count(text);
}
