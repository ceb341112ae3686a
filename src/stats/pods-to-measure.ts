import { PodSandboxState } from "../cri/messages.ts";
import type { RuntimeService } from "../cri/services.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import type { PodToMeasure } from "./pod-usage.ts";

/** Which pods. What is absent does not narrow. */
export interface PodsQuery {
  /** Whole, or its start where the runtime takes that. */
  readonly id?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/**
 * The pods that can be measured, by id: those that are ready.
 *
 * @see CRI RuntimeService.ListPodSandbox
 */
export async function podsToMeasure(
  runtime: Pick<RuntimeService, "listPodSandbox">,
  { id, labels }: PodsQuery,
  options: CallOptions = {},
): Promise<readonly PodToMeasure[]> {
  const filter = {
    ...(id === undefined ? {} : { id }),
    state: { state: PodSandboxState.SANDBOX_READY },
    labelSelector: { ...labels },
  };
  const { items } = await runtime.listPodSandbox({ filter }, options);
  return items.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
