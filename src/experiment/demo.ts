import type { Connection } from "../cri/connect.ts";
import { Scope } from "../lifetime.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import type { PodSandbox } from "../sandbox/pod-sandbox.ts";
import type { DemoJournal, DemoReport } from "./demo-report.ts";
import { giveName, joinContainer, judgeAll, runSandbox, showContrast, startWeb } from "./demo-steps.ts";

/** What the demo is given. */
export interface DemoOptions extends CallOptions {
  /** A reference to busybox that the runtime has. */
  readonly image: string;
  /** Which of the runtime's handlers runs the pods; its default when absent. */
  readonly runtimeHandler?: string | undefined;
  /** Leaves the pods and the name behind. */
  readonly keep?: boolean | undefined;
}

/**
 * Retells how a pod's containers come to share one network, over CRI alone, and ends with the measured verdict: a pod
 * sandbox first, then containers into it, a name for its network namespace, a newcomer, and the contrast. Everything it
 * made is gone when the promise settles, unless `keep`.
 *
 * @throws {CrikitError} when a step could not be done at all; a step that came out differently is in the report
 */
export async function runDemo(connection: Connection, journal: DemoJournal, options: DemoOptions): Promise<DemoReport> {
  const pods: PodSandbox[] = [];
  await using made = new Scope();
  if (options.keep !== true) made.defer(() => removeAll(pods));
  const stage = { connection, journal, options, pods, made };

  const story = await runSandbox(stage);
  const web = await startWeb(story);
  await giveName(story);
  await joinContainer(story, web);
  const contrast = await showContrast(story);
  return await judgeAll(story, contrast);
}

/** At once, because each takes the runtime a good part of a second. Every failure is told. */
async function removeAll(pods: readonly PodSandbox[]): Promise<void> {
  const results = await Promise.allSettled(pods.map((pod) => pod.remove({ timeoutMs: 60_000 })));
  const failed = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  if (failed.length > 0) throw new AggregateError(failed, `${failed.length} pods could not be removed`);
}
