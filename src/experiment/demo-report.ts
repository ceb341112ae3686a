import type { Connection } from "../cri/connect.ts";
import { apiVersion, type NamespaceReport, type PodReport } from "../namespaces/report.ts";
import type { VerdictWord } from "../namespaces/verdict.ts";
import type { CallRecord } from "../rpc/call.ts";

/** Something the demo expected to be so, and what it saw. */
export interface DemoCheck {
  readonly what: string;
  readonly expected: string;
  readonly observed: string;
  readonly ok: boolean;
}

/** Makes a check; `ok` is what matters, the words are for whoever reads it. */
export function check(what: string, expected: string, observed: string, ok: boolean): DemoCheck {
  return { what, expected, observed, ok };
}

/** The whole run, as `-o json` prints it. Its shape is promised by `apiVersion` and described in docs/verdict-json.md. */
export interface DemoReport extends Omit<NamespaceReport, "verdict"> {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "Demo";
  readonly runtime: { readonly name: string; readonly version: string; readonly endpoint: string };
  /** `broken` also when a check of a step came out differently, such as the page that could not be fetched. */
  readonly verdict: VerdictWord;
  /** Of the pod whose story is told. */
  readonly anchor: PodReport["anchor"];
  readonly members: PodReport["members"];
  readonly steps: readonly DemoStep[];
}

/** Puts the report together. The story's own pod is the first one. */
export function demoReport(connection: Connection, steps: readonly DemoStep[], measured: NamespaceReport): DemoReport {
  const { version, endpoint } = connection;
  const [own] = measured.pods;
  const failed = steps.some(({ checks }) => checks.some(({ ok }) => !ok));
  return {
    apiVersion,
    kind: "Demo",
    runtime: { name: version.runtimeName, version: version.runtimeVersion, endpoint },
    verdict: failed ? "broken" : measured.verdict,
    anchor: own?.anchor ?? null,
    members: own?.members ?? [],
    findings: measured.findings,
    pods: measured.pods,
    host: measured.host,
    steps,
  };
}

/** One chapter of the story. */
export interface DemoStep {
  readonly title: string;
  /** The RPCs it made, in order, each with what it took in milliseconds. */
  readonly calls: readonly { readonly rpc: string; readonly durationMs: number }[];
  /** What came back, as name and value. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly checks: readonly DemoCheck[];
  /** What a person types to see the same, while the pods are there. */
  readonly byHand: readonly string[];
  /** Why it is so, for someone who asks. */
  readonly explanation: string;
}

/** Collects the steps of a run, each with the calls that were made since the one before it. */
export class DemoJournal {
  readonly steps: DemoStep[] = [];
  readonly #onStep: (step: DemoStep) => void;
  #calls: { rpc: string; durationMs: number }[] = [];

  constructor(onStep: (step: DemoStep) => void = () => undefined) {
    this.#onStep = onStep;
  }

  /** To be told of every call of the connection. Looks at state that the step's reader need not see are left out. */
  readonly onCall = ({ rpc, durationMs, error }: CallRecord): void => {
    if (error === undefined) this.#calls.push({ rpc, durationMs: Math.round(durationMs * 10) / 10 });
  };

  /** Ends a step. */
  add(step: Omit<DemoStep, "calls">): void {
    const whole = { ...step, calls: this.#calls };
    this.#calls = [];
    this.steps.push(whole);
    this.#onStep(whole);
  }
}
