import { PodSandboxState, type PodSandbox } from "../cri/messages.ts";
import type { RuntimeService } from "../cri/services.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { newestFirst, type Cut } from "./newest-first.ts";

/** Which pod sandboxes. What is absent does not narrow. */
export interface PodSandboxQuery extends Cut {
  /** Whole, or its start where the runtime takes that. */
  readonly id?: string | undefined;
  readonly name?: RegExp | undefined;
  readonly namespace?: RegExp | undefined;
  readonly state?: "ready" | "notready" | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

const states = { ready: PodSandboxState.SANDBOX_READY, notready: PodSandboxState.SANDBOX_NOTREADY } as const;

/**
 * The pod sandboxes that fit, newest first. Ids, states and labels are the runtime's to compare, names are compared here.
 *
 * @see CRI RuntimeService.ListPodSandbox
 */
export async function listPodSandboxes(
  runtime: Pick<RuntimeService, "listPodSandbox">,
  query: PodSandboxQuery = {},
  options: CallOptions = {},
): Promise<readonly PodSandbox[]> {
  const { id, state, labels = {} } = query;
  const filter = {
    ...(id === undefined ? {} : { id }),
    ...(state === undefined ? {} : { state: { state: states[state] } }),
    labelSelector: { ...labels },
  };
  const { items } = await runtime.listPodSandbox({ filter }, options);
  const fitting = items.filter(
    ({ metadata }) =>
      (query.name?.test(metadata?.name ?? "") ?? true) && (query.namespace?.test(metadata?.namespace ?? "") ?? true),
  );
  return newestFirst(fitting, query);
}
