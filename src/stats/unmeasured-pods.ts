import { CrikitError, NotFoundError, RuntimeFailedError } from "../errors.ts";
import type { PodUsage } from "./pod-usage.ts";
import { whyUnmeasured } from "./why-unmeasured.ts";

/** How many pods a failure names. */
const named = 3;

/** The failures among usages: those of pods that are gone as they are, of the others one for each reason. */
export function unmeasuredPods(usages: readonly PodUsage[]): readonly unknown[] {
  const byReason = new Map<string, PodUsage[]>();
  const gone: unknown[] = [];
  for (const usage of usages) {
    if (usage.failure === undefined) continue;
    if (usage.failure instanceof NotFoundError) {
      gone.push(usage.failure);
      continue;
    }
    const { reason } = whyUnmeasured(usage.failure);
    const alike = byReason.get(reason);
    if (alike === undefined) byReason.set(reason, [usage]);
    else alike.push(usage);
  }
  return [...gone, ...[...byReason].map(([reason, pods]) => unmeasured(reason, pods))];
}

function unmeasured(reason: string, pods: readonly PodUsage[]): unknown {
  const [failure] = pods.map((usage) => usage.failure);
  const names = pods
    .slice(0, named)
    .map(({ pod: { id, metadata } }) => (metadata === undefined ? id : `${metadata.namespace}/${metadata.name}`));
  const more = pods.length > named ? ` and ${pods.length - named} more` : "";
  const who =
    pods.length === 1 ? `pod sandbox ${names.join("")}` : `${pods.length} pod sandboxes (${names.join(", ")}${more})`;
  const status = failure instanceof RuntimeFailedError ? failure.status : "UNKNOWN";
  const answer = failure instanceof RuntimeFailedError ? failure.answer : reason;
  return new RuntimeFailedError(
    `no measurements of ${who}: ${reason}`,
    { status, answer },
    {
      cause: failure,
      hint: whyUnmeasured(failure).hint,
      ...(failure instanceof CrikitError ? { rpc: failure.rpc, endpoint: failure.endpoint } : {}),
    },
  );
}
