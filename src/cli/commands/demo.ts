import { Scope } from "../../lifetime.ts";
import type { VerdictWord } from "../../namespaces/verdict.ts";
import { handlerCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { demoMarkdown, demoView } from "../views/demo.ts";

/** Exit codes of everything that gives a verdict. */
const exitCodes: Record<VerdictWord, number> = { holds: 0, broken: 1, unmeasured: 2 };

/** `crikit demo`: what a pod shares, made and measured. */
export const demo = command({
  about:
    "Runs a pod sandbox first, then containers into it, names its network namespace, lets a newcomer join, and measures " +
    "by device and inode who shares which namespace with whom. Without an endpoint (-r or CONTAINER_RUNTIME_ENDPOINT) it " +
    "brings up a private containerd, and takes it down at the end. Needs root. Exit status: 0 the verdict holds, 1 it " +
    "does not, 2 it could not be measured.",
  examples: [
    "crikit demo",
    "crikit demo --explain",
    "crikit demo -o json",
    "crikit demo --runtime-endpoint unix:///run/containerd/containerd.sock",
  ],
  formats: ["text", "json", "markdown", "yaml"],
  failureExitCode: 2,
  words: (words) =>
    words
      .option("--explain", "say at each step why it is so")
      .option("--keep", "leave the pods, the name and the lab behind, to look at them")
      .option("--image <name>", "an image with busybox that the runtime has (default: crikit's own)")
      .option("--runtime <handler>", "the runtime handler for the pods (default: the runtime's own)")
      .option("--saboteurs", "give the lab handlers that break what a pod promises: unshared-net, -ipc, -uts, -pid"),
  complete: { "--runtime": handlerCandidates },
  run: async ({ options }, { flags, env, signal, say, onCall }) => {
    const [{ demoStage }, { DemoJournal }, { runDemo }] = await Promise.all([
      import("../../experiment/demo-stage.ts"),
      import("../../experiment/demo-report.ts"),
      import("../../experiment/demo.ts"),
    ]);
    const journal = new DemoJournal(({ title }) => say(title));
    const endpoint = flags.runtimeEndpoint ?? env["CONTAINER_RUNTIME_ENDPOINT"];
    const { image: asked, runtime: runtimeHandler, keep, saboteurs } = options;
    await using scope = new Scope();
    const { connection, image, lab } = await demoStage(
      {
        endpoint: endpoint === "" ? undefined : endpoint,
        image: asked,
        keep,
        saboteurs,
        signal,
        env,
        onStep: say,
        onCall: (record) => {
          journal.onCall(record);
          onCall?.(record);
        },
      },
      scope,
    );
    const report = await runDemo(connection, journal, {
      image,
      runtimeHandler,
      keep,
      signal,
      timeoutMs: flags.timeout,
    });
    const about = { explain: options.explain === true, keep: keep === true, lab: lab?.name };
    return {
      data: report,
      view: demoView(about),
      views: { markdown: demoMarkdown(about) },
      exitCode: exitCodes[report.verdict],
    };
  },
});
