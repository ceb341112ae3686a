import { PodSandboxState, type PodSandbox } from "../cri/messages.ts";
import type { RuntimeService } from "../cri/services.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import type { Line } from "../cri/connect.ts";
import { listsInPortions } from "../cri/lists-in-portions.ts";
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
  const { items } = await runtime.listPodSandbox({ filter: filterOf(query) }, options);
  return newestFirst(
    items.filter((pod) => fits(pod, query)),
    query,
  );
}

/**
 * The same, of a list too long for one answer a portion as soon as it comes: newest first in itself. How many are to be
 * kept is not looked at, because the newest may come last.
 */
export async function* podSandboxesInPortions(
  { caller }: Pick<Line, "caller">,
  query: PodSandboxQuery = {},
  options: CallOptions = {},
): AsyncGenerator<readonly PodSandbox[], void, undefined> {
  for await (const items of listsInPortions(caller).podSandboxes({ filter: filterOf(query) }, options)) {
    yield newestFirst(items.filter((pod) => fits(pod, query)));
  }
}

function filterOf({ id, state, labels = {} }: PodSandboxQuery): PodSandboxFilter {
  return {
    ...(id === undefined ? {} : { id }),
    ...(state === undefined ? {} : { state: { state: states[state] } }),
    labelSelector: { ...labels },
  };
}

type PodSandboxFilter = NonNullable<Parameters<RuntimeService["listPodSandbox"]>[0]["filter"]>;

function fits({ metadata }: PodSandbox, { name, namespace }: PodSandboxQuery): boolean {
  return (name?.test(metadata?.name ?? "") ?? true) && (namespace?.test(metadata?.namespace ?? "") ?? true);
}
