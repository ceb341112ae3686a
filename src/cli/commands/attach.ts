import { UsageError } from "../../errors.ts";
import type { RuntimeSpec } from "../../cri/verbose-info/runtime-spec.ts";
import { resolveContainers } from "../../inventory/resolve.ts";
import { runningContainerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { onTerminal } from "../on-terminal.ts";
import { streamingOptions, streamingWords } from "../streaming-words.ts";
import { writableTo } from "../writable.ts";

/** What docker, podman and crictl detach with. */
const usualDetachKeys = "ctrl-p,ctrl-q";

/** `crikit attach`: the streams of a container's main process. */
export const attach = command({
  about:
    "Shows what the container's main process writes from now on, and passes input to it with -i, if it was made to take any. " +
    "When the process ends, crikit exits with its code. Ctrl-C leaves it alone, unless keys go to it with -it.",
  examples: ["crikit attach web/app", "crikit attach -it web/shell", "crikit attach -i web/app < file"],
  formats: ["text"],
  words: (words) =>
    streamingWords(
      words
        .argument("<container>", "its id or name")
        .option("-i, --stdin", "pass standard input on")
        .option("-t, --tty", "ours becomes its terminal; it has to have one (default: if it has)")
        .option("--detach-keys <keys>", "keys that leave it alone, on a terminal", usualDetachKeys),
    ),
  complete: { container: runningContainerCandidates },
  run: async ({ args: [word], options }, context) => {
    const line = await context.connect();
    const [found] = await resolveContainers(line.runtime, [word], line.call);
    const { id = "" } = found ?? {};
    const streaming = await streamingOptions(options, line);
    const { containerDetails } = await import("../../sandbox/details.ts");
    const { verbose } = await containerDetails(line, id, line.call);
    const tty = options.tty ?? hasTerminal(verbose.runtimeSpec);
    const typing = tty && options.stdin === true;
    if (typing && context.keyboard() === undefined && options.tty === true) {
      throw new UsageError("standard input is not a terminal: leave out -t");
    }
    const [{ attach: attachTo }, { parseDetachKeys }, { waitForExit }] = await Promise.all([
      import("../../streaming/attach.ts"),
      import("../../streaming/detach-keys.ts"),
      import("../../sandbox/wait-for-exit.ts"),
    ]);
    const detachKeys = typing ? parseDetachKeys(options.detachKeys) : undefined;
    return {
      pass: async (out) => {
        const streams = {
          stdin: options.stdin === true ? context.stdin() : undefined,
          stdout: writableTo(out.stdout),
          stderr: tty ? undefined : writableTo(out.stderr),
        };
        const whole = { ...streaming, ...streams, tty, detachKeys };
        const { detached } = tty
          ? await onTerminal({ typing, screen: out.stdout }, context, (resize) =>
              attachTo(line, id, { ...whole, resize }),
            )
          : await attachTo(line, id, whole);
        if (!detached) return (await waitForExit(line, id, line.call)).exitCode;
        context.note("detached: the container goes on");
        return 0;
      },
    };
  },
});

/** Whether the container was made with a terminal, where the runtime tells. */
function hasTerminal(spec: RuntimeSpec | undefined): boolean {
  return (spec?.["process"] as { readonly terminal?: boolean } | undefined)?.terminal === true;
}
