import { NotFoundError, UsageError } from "../../errors.ts";
import { type ContainerQuery, listContainers } from "../../inventory/list-containers.ts";
import type { Found } from "../../inventory/match-words.ts";
import { resolveContainers } from "../../inventory/resolve.ts";
import { runningContainerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { containerQuery } from "../container-words.ts";
import type { RuntimeLine } from "../context.ts";
import { passExec } from "../pass-exec.ts";
import { streamingWords } from "../streaming-words.ts";
import { collect, count, deadline, label, oneOf, pattern } from "../words.ts";

/** `crikit exec`: a program in a container, or in several. */
export const exec = command({
  about:
    "Exits with the program's own code. With flags that choose containers, every word is the program's, and it runs in each " +
    "of them. CRI has no user, environment or working directory for a program: --env and --workdir run it through the " +
    "container's own env and sh, --user through its su or, on the runtime's machine, through nsenter; which one is said. " +
    "What is given up with Ctrl-C is killed where the container is on this machine; CRI itself has no way to do that, and it is said when it may go on.",
  examples: [
    "crikit exec web/app ls -l /etc",
    "crikit exec -it web/app sh",
    "crikit exec -i web/app cat < file",
    "crikit exec -s --timeout 5 web/app true",
    "crikit exec --pod web --parallel 4 hostname",
  ],
  formats: ["text"],
  words: (words) =>
    streamingWords(
      words
        .argument(
          "[words...]",
          "the container's id or name, unless flags choose it, and the program with its arguments",
        )
        .passThroughOptions()
        .option("-i, --stdin", "pass standard input on")
        .option("--interactive", "the same")
        .option("-t, --tty", "give it a terminal; ours becomes it, with -i")
        .option("-s, --sync", "one call without a streaming server, for a short program: its output comes at the end")
        .option("--timeout <seconds>", "give it up after so long; with -s the runtime kills it", deadline)
        .option("-u, --user <user>", "run as this user: NAME, UID, UID:GID")
        .option("--env <key=value>", "set a variable; may be repeated", collect)
        .option("-w, --workdir <folder>", "run in this folder")
        .option("--detach-keys <keys>", "keys that leave it alone, such as ctrl-p,ctrl-q")
        .option("--name <regex>", "in those whose name fits", pattern)
        .option("--namespace <regex>", "in those in pods whose Kubernetes namespace fits", pattern)
        .option("-p, --pod <pod>", "in those of this pod: its id, the start of it, or its name")
        .option("--image <image>", "in those made from this image")
        .option(
          "--state <state>",
          "in those in this state (default: running)",
          oneOf("created", "running", "exited", "unknown"),
        )
        .option("--label <key=value>", "in those with this label; may be repeated", label)
        .option("-l, --latest", "in the newest one")
        .option("-n, --last <count>", "in so many of the newest", count)
        .option("-q, --quiet", "do not say whose output comes")
        .option("-e, --ignore-errors", "go on with the others when it fails in one")
        .option("-x", "in all of them at once")
        .option("--parallel <count>", "in so many at once, each line with its container's name in front", count),
    ),
  complete: {
    words: (context, typed) =>
      typed.before.length === 0 ? runningContainerCandidates(context, typed) : Promise.resolve([]),
  },
  run: async ({ args: [words], options }, context) => {
    const { name, namespace, pod, image, state, label: labels, latest, last } = options;
    const query = containerQuery({ name, namespace, pod, image, state, label: labels, latest, last });
    const [first, ...after] = query === undefined ? words : ["", ...words];
    const rest = after[0] === "--" ? after.slice(1) : after; // as with kubectl
    if (first === undefined) throw new UsageError("name a container and a program to run in it");
    if (rest.length === 0)
      throw new UsageError(query === undefined ? `say what to run in ${first}` : "say what to run");
    const line = await context.connect();
    const targets =
      query === undefined
        ? await resolveContainers(line.runtime, [first], line.call)
        : await runningOnes(line, { ...query, state: state ?? "running" });
    return passExec(targets, { ...options, command: rest, isSelected: query !== undefined }, { context, line });
  },
});

/** What runs alone can be exec'd into. @throws {NotFoundError} when nothing fits */
async function runningOnes(line: RuntimeLine, query: ContainerQuery): Promise<readonly Found[]> {
  const found = await listContainers(line, query, line.call);
  if (found.length === 0) {
    throw new NotFoundError("no container fits", { hint: "'crikit ps' shows what runs" });
  }
  return found.map(({ id, metadata }) => ({ id, name: metadata?.name }));
}
