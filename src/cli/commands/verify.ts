import { UsageError } from "../../errors.ts";
import { parseExpectations } from "../../namespaces/expectations.ts";
import type { CheckName, VerdictWord } from "../../namespaces/verdict.ts";
import type { Verification, VerifyOptions } from "../../namespaces/verify.ts";
import { podCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import type { Flow } from "../outcome.ts";
import { untilInterrupted } from "../until-interrupted.ts";
import { checkCandidates, checks, expectCandidates } from "../verify-words.ts";
import { changeLines, type VerificationChange, verificationChange } from "../views/verification-change.ts";
import { verificationJunit } from "../views/verification-junit.ts";
import { verificationTap } from "../views/verification-tap.ts";
import { podLines, verificationTable } from "../views/verification.ts";
import { duration, label } from "../words.ts";

/** Exit codes of everything that gives a verdict. */
const exitCodes: Record<VerdictWord, number> = { holds: 0, broken: 1, unmeasured: 2 };

/** `crikit verify`: whether pods share what they were promised. */
export const verify = command({
  about:
    "Measures by device and inode which namespaces every sandbox and container is in, and judges that by what its own " +
    "NamespaceOptions promise, or by --expect for the kinds that it names. Without a pod all that are ready; with --all " +
    "those that are not as well. All ready pods are measured whichever are named, since a namespace is a pod's own only if " +
    "no other has it. Kinds are net, ipc, uts, pid, mnt, user, cgroup, time; what can be expected is shared (the pod's own), " +
    "private (each has one for itself) or host. Further checks: modes, pin, owner, addresses, loopback, orphan-pin, and exec, " +
    "which starts a program in every container and therefore has to be asked for. Has to run on the runtime's machine, as root. " +
    "Exit status: 0 everything holds, 1 something does not, 2 something could not be measured, or the words are wrong.",
  examples: [
    "crikit verify",
    "crikit verify kube-system/coredns -v",
    "crikit verify --label app=shop --expect net=shared,pid=private",
    "crikit verify --all --skip orphan-pin -o junit",
    "crikit verify web --exec -o json",
    "crikit verify --watch",
  ],
  formats: ["table", "json", "jsonl", "yaml", "junit", "tap"],
  failureExitCode: 2,
  words: (words) =>
    words
      .argument("[pod...]", "these alone: id, the start of it, POD or NAMESPACE/POD")
      .option("-a, --all", "the pods that are not ready as well")
      .option("--label <key=value>", "those with this label; may be repeated", label)
      .option("--expect <kind=word,...>", "what to expect instead of what was promised", parseExpectations)
      .option("--check <check,...>", "make these checks alone; may be repeated", checks)
      .option("--skip <check,...>", "make all but these; may be repeated", checks)
      .option("--exec", "also start a program in every container, and see which namespaces it is in")
      .option("-v, --verbose", "show what holds as well, and what that rests on")
      .option("-w, --watch", "measure again when something happens, and print what has changed")
      .option("--interval <duration>", "with --watch, measure so often when nothing happens (default: 10s)", duration),
  complete: {
    pod: podCandidates,
    "--expect": expectCandidates,
    "--check": checkCandidates,
    "--skip": checkCandidates,
  },
  run: async ({ args: [words], options }, context) => {
    const { all, label: labels, expect: expected, watch = false, interval = 10_000, verbose = false } = options;
    if (words.length > 0 && (all === true || labels !== undefined)) {
      throw new UsageError("name pods, or choose them with --all and --label");
    }
    if (options.interval !== undefined && !watch) throw new UsageError("--interval is for --watch");
    if (watch && (context.format === "junit" || context.format === "tap")) {
      throw new UsageError(`-o ${context.format} is of one verification: it does not go with --watch`);
    }
    if (interval === 0) throw new UsageError("--interval has to be above 0");
    if (options.check !== undefined && options.skip !== undefined) {
      throw new UsageError("say which checks to make with --check, or which not with --skip");
    }
    const line = await context.connect();
    const [{ verify: verifyPods, defaultChecks }, { resolvePodSandboxes }] = await Promise.all([
      import("../../namespaces/verify.ts"),
      import("../../inventory/resolve.ts"),
    ]);
    const ids =
      words.length === 0 ? undefined : (await resolvePodSandboxes(line.runtime, words, line.call)).map(({ id }) => id);
    const chosen = chosenChecks(options, { defaults: defaultChecks, some: (ids ?? labels) !== undefined });
    const query: Omit<VerifyOptions, "nowMs"> = {
      ...line.call,
      ids,
      all,
      labels,
      expected,
      checks: chosen,
      onStep: context.say,
    };
    const once = (): Promise<Verification> => verifyPods(line, { ...query, nowMs: Date.now() });
    if (watch) {
      const { watchVerdicts } = await import("../watch-verdicts.ts");
      const watched = watchVerdicts(once, { line, intervalMs: interval, context });
      const flow: Flow<VerificationChange> = {
        items: untilInterrupted(watched.changes, context.signal),
        view: verificationChange({ verbose }),
        lines: changeLines,
        exitCode: () => exitCodes[watched.verdict()],
      };
      return flow as Flow<unknown>;
    }
    const verification = await once();
    return {
      data: verification,
      view: (_, terminal) => verificationTable({ verbose })(verification, terminal),
      views: { junit: () => verificationJunit(verification), tap: () => verificationTap(verification) },
      lines: podLines(verification),
      exitCode: exitCodes[verification.verdict],
    };
  },
});

interface CheckWords {
  readonly check?: readonly CheckName[] | undefined;
  readonly skip?: readonly CheckName[] | undefined;
  readonly exec?: true | undefined;
}

/** @throws {UsageError} when none is left */
function chosenChecks(
  { check, skip = [], exec }: CheckWords,
  { defaults, some }: { readonly defaults: readonly CheckName[]; readonly some: boolean },
): readonly CheckName[] {
  // Pins without a pod are the node's, not these pods'.
  const usual = check ?? defaults.filter((name) => !some || name !== "orphan-pin");
  const chosen = [...usual, ...(exec === true ? (["exec"] as const) : [])].filter((name) => !skip.includes(name));
  if (chosen.length === 0) throw new UsageError("--skip leaves no check to make");
  return [...new Set(chosen)];
}
