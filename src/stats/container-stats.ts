import type { ContainerStats } from "../cri/messages.ts";
import type { RuntimeService } from "../cri/services.ts";
import { NotFoundError, RuntimeFailedError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** Whose measurements. What is absent does not narrow. */
export interface ContainerStatsQuery {
  /** These alone, by their whole ids. */
  readonly ids?: readonly string[] | undefined;
  /** Whole, or its start where the runtime takes that. */
  readonly id?: string | undefined;
  readonly podSandboxId?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** The part of the runtime that is asked. */
type Runtime = Pick<RuntimeService, "containerStats" | "listContainerStats">;

/**
 * What containers use now, by id: one RPC, whichever it is. Those that do not run are among them, without counters of CPU
 * and memory; one that is gone is not.
 *
 * @see CRI RuntimeService.ContainerStats, ListContainerStats
 */
export async function containerStats(
  runtime: Runtime,
  query: ContainerStatsQuery = {},
  options: CallOptions = {},
): Promise<readonly ContainerStats[]> {
  const { ids, id, podSandboxId, labels } = query;
  const [only, ...others] = ids ?? [];
  const narrowed = id !== undefined || podSandboxId !== undefined || Object.keys(labels ?? {}).length > 0;
  if (only !== undefined && others.length === 0 && !narrowed) return statsOfOne(runtime, only, options);
  const filter = {
    ...(id === undefined ? {} : { id }),
    ...(podSandboxId === undefined ? {} : { podSandboxId }),
    labelSelector: { ...labels },
  };
  const { stats } = await runtime.listContainerStats({ filter }, options);
  const wanted = ids === undefined ? undefined : new Set(ids);
  return byId(wanted === undefined ? stats : stats.filter((one) => wanted.has(idOf(one))));
}

async function statsOfOne(
  runtime: Runtime,
  containerId: string,
  options: CallOptions,
): Promise<readonly ContainerStats[]> {
  try {
    const { stats } = await runtime.containerStats({ containerId }, options);
    return stats === undefined ? [] : [stats];
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    if (!(error instanceof RuntimeFailedError)) throw error;
    // containerd fails for one that does not run (UNKNOWN, "unexpected metrics response"), and lists it all the same.
    const { stats } = await runtime.listContainerStats({ filter: { id: containerId } }, options);
    if (stats.length === 0) throw error;
    return stats;
  }
}

/** Its id; empty where the runtime forgot it. */
export function idOf({ attributes }: Pick<ContainerStats, "attributes">): string {
  return attributes?.id ?? "";
}

function byId(stats: readonly ContainerStats[]): readonly ContainerStats[] {
  return stats.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}
