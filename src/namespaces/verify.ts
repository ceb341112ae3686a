import type { Line } from "../cri/connect.ts";
import { type PodSandbox, PodSandboxState } from "../cri/messages.ts";
import { NotFoundError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { type FurtherCheck, furtherChecks, lookingChecks, runChecks } from "./checks/run-checks.ts";
import { hostNamespaces } from "./host.ts";
import { type MeasuredPod, measurePods, type Member } from "./measure.ts";
import type { Expectations, PodToMeasure } from "./pod.ts";
import { pidNow, podsOfRuntime } from "./pods-of-runtime.ts";
import { apiVersion, type NamespaceReport, reportOf } from "./report.ts";
import { unlessStopped } from "./unless-stopped.ts";
import { type CheckName, type Finding, judge } from "./verdict.ts";

/** Every check there is, in the order of their findings. `exec` starts a program in every container. */
export const checkNames: readonly CheckName[] = ["namespace", "border", ...furtherChecks];

/** Those that are made unless others are asked for: all that only look. */
export const defaultChecks: readonly CheckName[] = ["namespace", "border", ...lookingChecks];

/** What to verify, and how. */
export interface VerifyOptions extends CallOptions {
  /** Ids of pod sandboxes; those of the runtime that are ready when absent. */
  readonly ids?: readonly string[] | undefined;
  /** Without `ids`: those that are not ready as well. */
  readonly all?: boolean | undefined;
  /** Without `ids`: those with these labels alone. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** What is expected instead of what was promised, by kind. */
  readonly expected?: Expectations | undefined;
  /** {@link defaultChecks} when absent; without the node's own findings where some pods alone are asked for. */
  readonly checks?: readonly CheckName[] | undefined;
  /** The time, milliseconds since 1970: what is young may still be in the making. */
  readonly nowMs: number;
  /** The root of procfs, which has to be the host's. */
  readonly proc?: string | undefined;
  /** Told what is being done. */
  readonly onStep?: ((step: string) => void) | undefined;
}

/** What was verified: plain data. */
export interface Verification extends NamespaceReport {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "Verification";
  readonly endpoint: string;
  readonly checks: readonly CheckName[];
  readonly expected: Expectations;
}

/** How often pods whose containers restart meanwhile are looked at. */
const looks = 3;

/**
 * Verifies pods: every sandbox and container against what its own NamespaceOptions promise, or against what is expected,
 * and the further checks. All ready pods of the runtime are measured, whichever are asked for, because a namespace is a
 * pod's own only if nobody else has it. Lists and statuses cost one RPC each. A pod that restarts meanwhile is looked at
 * again; one that is gone by the end is left out.
 *
 * @throws {NotFoundError} when a pod of `ids` is gone
 * @throws {HostError} when the host's own namespaces are not to be seen: nothing can be judged without them
 * @throws {CancelledError} when the signal aborts
 * @throws {CrikitError} when the runtime fails
 * @see CRI RuntimeService.ListPodSandbox, ListContainers, PodSandboxStatus, ContainerStatus
 */
export async function verify(line: Line, options: VerifyOptions): Promise<Verification> {
  const { ids, expected = {}, proc, nowMs, signal, timeoutMs, onStep } = options;
  const call = { signal, timeoutMs };
  const checks = options.checks ?? checksFor(options);
  onStep?.("asking the runtime for its pods");
  const { items } = await line.runtime.listPodSandbox({}, call);
  const targets = new Set(ids ?? items.filter((pod) => isAskedFor(pod, options)).map(({ id }) => id));
  const ready = items.filter(({ state }) => state === PodSandboxState.SANDBOX_READY).map(({ id }) => id);
  const all = [...new Set([...targets, ...(targets.size === 0 ? [] : ready)])];
  const { measured, host } = await settle(line, all, { ...options, call });
  const pods = measured.filter(({ id }) => targets.has(id)).toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const missing = (ids ?? []).find((id) => !pods.some((pod) => pod.id === id));
  if (missing !== undefined) {
    throw new NotFoundError(`pod sandbox ${missing} is gone`, { hint: "'crikit pods' shows what there is" });
  }
  const own = judge(measured, host, expected).findings.filter(
    ({ podId, check }) => targets.has(podId) && checks.includes(check),
  );
  const source = { line, call, proc, nowMs };
  const chosen = furtherChecks.filter((check) => checks.includes(check));
  onStep?.(`looking into ${pods.length === 1 ? "the pod" : `${pods.length} pods`}`);
  const ofPods = await runChecks(pods, source, chosen.filter(isOfPods));
  const further = await unlessStopped({ line, options: call }, pods, ofPods);
  const ofNode = await runChecks(
    measured,
    source,
    chosen.filter((check) => !isOfPods(check)),
  );
  const findings = [...byPod(pods, [...own, ...further]), ...ofNode];
  return {
    apiVersion,
    kind: "Verification",
    endpoint: line.endpoint,
    checks,
    expected,
    ...reportOf(pods, findings, host),
  };
}

function checksFor({ ids, labels }: VerifyOptions): readonly CheckName[] {
  const some = ids !== undefined || labels !== undefined;
  return defaultChecks.filter((check) => !some || check !== "orphan-pin");
}

/** Whether a check is about pods, not about the node. */
function isOfPods(check: FurtherCheck): boolean {
  return check !== "orphan-pin";
}

function isAskedFor({ state, labels }: PodSandbox, { all = false, labels: wanted = {} }: VerifyOptions): boolean {
  if (!all && state !== PodSandboxState.SANDBOX_READY) return false;
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function nameOf({ namespace, name, attempt, id }: MeasuredPod): string {
  return [namespace, name, String(attempt).padStart(9, "0"), id].join("\0");
}

interface Settled {
  readonly measured: readonly MeasuredPod[];
  readonly host: Awaited<ReturnType<typeof hostNamespaces>>;
}

/**
 * Measures pods, and again where a member could not be measured and the runtime tells of another process now: it was
 * restarted. Every look is at all of them, because only what lives at the same time can be compared. Who has ended by the
 * last look is left out, who was restarted until then stays unmeasured.
 */
async function settle(
  line: Line,
  ids: readonly string[],
  { call, proc, onStep }: VerifyOptions & { readonly call: CallOptions },
): Promise<Settled> {
  const ask = (some: readonly string[]): Promise<readonly PodToMeasure[]> =>
    some.length === 0 ? Promise.resolve([]) : podsOfRuntime(line, some, { ...call, onGone: () => undefined });
  let pods = await ask(ids);
  for (let look = 1; ; look++) {
    onStep?.(`measuring ${pods.length === 1 ? "the pod" : `${pods.length} pods`}`);
    const host = await hostNamespaces(undefined, proc, { sure: true });
    const measured = await measurePods(pods, { proc, pidNow: (member) => pidNow(line, member, call) });
    const gaps = new Set(measured.filter(({ members }) => members.some(isUnmeasured)).map(({ id }) => id));
    if (gaps.size === 0) return { measured, host };
    const again = new Map((await ask([...gaps])).map((pod) => [pod.id, pod]));
    if (look === looks) {
      const left = measured.flatMap((pod) => (gaps.has(pod.id) ? withoutEnded(pod, again.get(pod.id)) : pod));
      return { measured: left, host };
    }
    const next = pods.flatMap((pod) => (gaps.has(pod.id) ? (again.get(pod.id) ?? []) : pod));
    if (sameProcesses(pods, next)) return { measured, host };
    pods = next;
  }
}

function isUnmeasured({ found }: Member): boolean {
  return !found.measured;
}

/**
 * A pod without the members that were not measured and do not run any more, and with those that took their places since:
 * a container that runs again is another one. None when the pod itself is gone.
 */
function withoutEnded(pod: MeasuredPod, now: PodToMeasure | undefined): readonly MeasuredPod[] {
  if (now === undefined) return [];
  const running = new Set([...(now.sandboxPid === undefined ? [] : [now.id]), ...now.containers.map(({ id }) => id)]);
  const newcomers = now.containers
    .filter(({ id }) => !pod.members.some((member) => member.id === id))
    .map((container): Member => ({ kind: "container", pid: undefined, ...container, found: startedMeanwhile }));
  const left = pod.members.filter((member) => !isUnmeasured(member) || running.has(member.id));
  return [{ ...pod, members: [...left, ...newcomers] }];
}

const startedMeanwhile = { measured: false, reason: "it was started while its pod was measured" } as const;

function sameProcesses(before: readonly PodToMeasure[], after: readonly PodToMeasure[]): boolean {
  const processes = (pods: readonly PodToMeasure[]): string =>
    JSON.stringify(
      pods.map(({ id, sandboxPid, containers }) => [id, sandboxPid, containers.map((one) => [one.id, one.pid])]),
    );
  return processes(before) === processes(after);
}

/** All findings of a pod together, the pods in their order. */
function byPod(pods: readonly MeasuredPod[], findings: readonly Finding[]): readonly Finding[] {
  const groups = new Map(pods.map(({ id }): [string, Finding[]] => [id, []]));
  for (const finding of findings) groups.get(finding.podId)?.push(finding);
  return [...groups.values()].flat();
}
