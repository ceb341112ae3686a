import { Scope } from "../../lifetime.ts";
import type { RunningContainer } from "../../sandbox/run-container.ts";
import { handlerCandidates, imageOrFileCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import type { Outcome } from "../outcome.ts";
import { pullFirst, pullFirstWords, pullPolicy, type PullPolicy } from "../pull-policy.ts";
import { lenientWords } from "../read-configs.ts";
import { runPlan } from "../run-plan.ts";
import { runWords } from "../run-words.ts";
import { quietRunView, type RunEnded, type RunStarted, runView, shownConfigs } from "../views/run.ts";
import { toYaml } from "../views/yaml.ts";
import { deadline } from "../words.ts";

/** `crikit run`: a pod with one container, from an image or from config files. */
export const run = command({
  about:
    "From an image and flags it makes the configs itself; what follows the image is its command, after '--' where it has " +
    "flags. Two config files, the container's and the pod's, are taken as crictl takes them. The image is pulled before " +
    "the pod is up, if it is not there. When anything fails, or is given up with Ctrl-C, nothing is left. Prints the pod, " +
    "and the container's id on the last line.",
  examples: [
    "crikit run busybox -- sleep 600",
    "crikit run --rm -e WHO=you --memory 64MiB busybox -- sh -c 'echo $WHO'",
    "crikit run --dry-run --host-network busybox",
    "crikit run container.json pod.json",
  ],
  formats: ["text", "json", "jsonl", "yaml"],
  words: (words) =>
    pullFirstWords(
      lenientWords(
        runWords(
          words
            .argument("<image-or-config>", "an image, or the container's config; - for standard input")
            .argument("[words...]", "the command for the image, or the pod's config")
            .option("-q, --quiet", "print the container's id alone")
            .option("--wait", "wait until the container has exited, and exit with its code")
            .option("--rm", "the same, and remove the pod then")
            .option("--dry-run", "print the configs and make nothing")
            .option("-T, --cancel-timeout <duration>", "give a step up after 30s, 5m; 0 for never", deadline),
        ),
      ),
    ),
  complete: { "image-or-config": imageOrFileCandidates, "--runtime": handlerCandidates },
  run: async ({ args: [first, more], options }, context) => {
    const plan = await runPlan([first, ...more], options, context);
    if (options.dryRun === true) {
      const data = shownConfigs(plan);
      const text = await toYaml(data);
      return { data, view: () => text };
    }
    const policy = pullPolicy(options, await usualPolicy(context));
    const line = await context.connect();
    await pullFirst({ image: plan.container.image?.image ?? "", podSandboxConfig: plan.pod, policy }, options, context);
    const { runContainer } = await import("../../sandbox/run-container.ts");
    context.say("running the pod");
    const { runtimeHandler, container } = plan;
    const made = await runContainer(
      line,
      { pod: { config: plan.pod, runtimeHandler, uniqueName: context.invokedAs === "crikit" }, container },
      { ...line.call, timeoutMs: options.cancelTimeout ?? line.call.timeoutMs },
    );
    const view = options.quiet === true || context.invokedAs === "crictl" ? quietRunView : runView;
    const { rm = false, wait = rm } = options;
    if (!wait) {
      const data = started(made);
      return { data, view: () => view(data) };
    }
    return waitFor(made, { rm, view, context });
  },
});

/** crictl pulls each time, whatever the runtime has. */
async function usualPolicy({ settings, invokedAs }: Context): Promise<PullPolicy> {
  if ((await settings()).disablePullOnRun === true) return "never";
  return invokedAs === "crictl" ? "always" : "missing";
}

function started({ pod, container }: RunningContainer): RunStarted {
  const { name = "", namespace = "" } = pod.config.metadata ?? {};
  return { podSandboxId: pod.id, name, namespace, containerId: container.id };
}

interface Waiting {
  readonly rm: boolean;
  readonly view: (item: RunStarted | RunEnded) => string;
  readonly context: Context;
}

/** Tells of the start at once where things are told as they come, else all in one when it has ended. */
async function waitFor(made: RunningContainer, { rm, view, context }: Waiting): Promise<Outcome<unknown>> {
  let exitCode = 0;
  const items = async function* (): AsyncGenerator<RunStarted | RunEnded> {
    await using scope = new Scope();
    if (rm) scope.use(made.pod);
    yield started(made);
    const end = await endOf(made, { rm, context });
    exitCode = end.exitCode;
    yield end;
  };
  if (context.format === "text" || context.format === "jsonl") {
    return { items: items(), view: view as (item: unknown) => string, exitCode: () => exitCode };
  }
  let data = {};
  for await (const item of items()) data = { ...data, ...item };
  return { data, view: () => "", exitCode };
}

async function endOf({ pod, container }: RunningContainer, { rm, context }: Omit<Waiting, "view">): Promise<RunEnded> {
  const { waitForExit } = await import("../../sandbox/wait-for-exit.ts");
  const line = await context.connect();
  context.say("waiting for the container to exit");
  try {
    const { exitCode, reason } = await waitForExit(line, container.id, line.call);
    // The operating system takes eight bits of it.
    return { containerId: container.id, exitCode: exitCode & 0xff, reason };
  } catch (error) {
    if (!rm) context.note(`the container is not removed: 'crikit rmp -f ${pod.id.slice(0, 13)}' does that`);
    throw error;
  }
}
