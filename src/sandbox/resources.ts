import type { Line } from "../cri/connect.ts";
import type { ContainerStatus, DeepPartial, LinuxContainerResources } from "../cri/messages.ts";
import { RuntimeFailedError, UsageError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** Limits of a container or a pod, as far as they are known or wanted. */
export interface Resources extends Partial<Omit<LinuxContainerResources, "_unknownFields" | "hugepageLimits">> {
  readonly hugepageLimits?: readonly { readonly pageSize: string; readonly limit: bigint }[];
}

/** What a change of limits came to. */
export interface ChangedResources {
  /** As the runtime tells them afterwards. `undefined` where it does not tell them. */
  readonly resources: LinuxContainerResources | undefined;
}

/**
 * Changes limits of a container and leaves the others as they are.
 *
 * CRI cannot say of a number that it is absent: what is not named goes out as 0, and a runtime may take that for "no limit".
 * So the present limits are read first, and sent along with the wanted ones.
 *
 * @throws {RuntimeFailedError} when the runtime refuses, or says yes and leaves things as they are
 * @see CRI RuntimeService.UpdateContainerResources
 */
export async function changeResources(
  line: Line,
  { containerId, wanted }: { readonly containerId: string; readonly wanted: Resources },
  options: CallOptions = {},
): Promise<ChangedResources> {
  const present = await resourcesOf(line, containerId, options);
  const linux = mergeResources(present ?? {}, wanted);
  await line.runtime.updateContainerResources({ containerId, linux }, options);
  const resources = await resourcesOf(line, containerId, options);
  const ignored = ignoredResources(wanted, present, resources);
  if (ignored.length > 0) throw leftAsTheyAre(line, containerId, ignored);
  return { resources };
}

async function resourcesOf(
  line: Line,
  containerId: string,
  options: CallOptions,
): Promise<LinuxContainerResources | undefined> {
  const { status } = await line.runtime.containerStatus({ containerId }, options);
  return (status as ContainerStatus).resources?.linux; // the client takes no answer without a status
}

/**
 * The present limits with the wanted ones over them, those for huge pages and of `unified` one by one. Pure.
 *
 * @throws {UsageError} when the swap limit that there is does not go with the wanted memory limit
 */
export function mergeResources(present: Resources, wanted: Resources): DeepPartial<LinuxContainerResources> {
  const { hugepageLimits = [], unified = {} } = wanted;
  const others = (present.hugepageLimits ?? []).filter(
    ({ pageSize }) => !hugepageLimits.some((limit) => limit.pageSize === pageSize),
  );
  return {
    ...present,
    ...wanted,
    memorySwapLimitInBytes: swapLimit(present, wanted),
    hugepageLimits: [...others, ...hugepageLimits],
    unified: { ...present.unified, ...unified },
  };
}

/** It counts memory and swap together, so it has to follow the memory limit where the two were the same: no swap at all. */
function swapLimit(present: Resources, wanted: Resources): bigint {
  const { memoryLimitInBytes: memory = 0n, memorySwapLimitInBytes: given } = wanted;
  if (given !== undefined) return given;
  const swap = present.memorySwapLimitInBytes ?? 0n;
  if (memory === 0n || swap <= 0n) return swap;
  if (swap === present.memoryLimitInBytes) return memory;
  if (swap >= memory) return swap;
  throw new UsageError(`its limit of memory and swap together is ${swap} bytes, less than the memory limit wanted`, {
    hint: "say the new one with --memory-swap",
  });
}

/** The wanted limits that the runtime says are as they were. Pure. */
export function ignoredResources(
  wanted: Resources,
  before: Resources | undefined,
  after: Resources | undefined,
): readonly string[] {
  if (before === undefined || after === undefined) return [];
  return Object.entries(wanted).flatMap(([name, value]) => {
    const [was, is] = [before, after].map((resources) => resources[name as keyof Resources]);
    return show(is) === show(was) && show(is) !== show(value) ? [`${name} is ${show(is)}`] : [];
  });
}

function show(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) =>
    key === "_unknownFields" ? undefined : typeof inner === "bigint" ? Number(inner) : inner,
  );
}

function leftAsTheyAre(line: Line, containerId: string, ignored: readonly string[]): RuntimeFailedError {
  const rpc = "UpdateContainerResources";
  const { endpoint } = line;
  return new RuntimeFailedError(
    `${rpc} on ${endpoint} answered OK for ${containerId.slice(0, 13)}, but still ${ignored.join(", ")}`,
    { status: "OK", answer: "" },
    { rpc, endpoint, hint: "this runtime, or this machine's cgroups, cannot change that in a container that exists" },
  );
}
