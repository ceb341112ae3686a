import type { Command, OptionValues } from "@commander-js/extra-typings";
import { bytesFromWord } from "../configs/words/resources.ts";
import { UsageError } from "../errors.ts";
import type { Resources } from "../sandbox/resources.ts";
import { label, type Labels } from "./words.ts";

/** What the words about limits say. */
export type ResourceWords = {
  readonly cpuPeriod?: bigint | undefined;
  readonly cpuQuota?: bigint | undefined;
  readonly cpuShare?: bigint | undefined;
  readonly cpusetCpus?: string | undefined;
  readonly cpusetMems?: string | undefined;
  readonly memory?: bigint | undefined;
  readonly memorySwap?: bigint | undefined;
  readonly oomScoreAdj?: bigint | undefined;
  readonly hugepage?: readonly HugepageLimit[] | undefined;
  readonly unified?: Labels | undefined;
};

interface HugepageLimit {
  readonly pageSize: string;
  readonly limit: bigint;
}

/** Adds the flags that change limits: crictl's, and the rest of what CRI has. */
export function resourceWords<Args extends unknown[], Options extends OptionValues>(
  words: Command<Args, Options>,
): Command<Args, Options & ResourceWords> {
  return words
    .option("--cpu-quota <us>", "CPU time within a period, microseconds; -1 for no limit", cpuQuota)
    .option("--cpu-period <us>", "length of the period, microseconds", between(1_000n, 1_000_000n))
    .option("--cpu-share <weight>", "weight against others, 1024 being the usual one", between(2n, 262_144n))
    .option("--cpuset-cpus <list>", "the CPUs it may run on, such as 0-3,8", list)
    .option("--cpuset-mems <list>", "the memory nodes it may use", list)
    .option("--memory <size>", "most memory it may use, such as 64MiB", bytesFromWord)
    .option("--memory-swap <size>", "most memory and swap together; -1 for no limit", sizeOrNone)
    .option("--oom-score-adj <number>", "how eagerly the kernel kills it, -1000 to 1000", between(-1_000n, 1_000n))
    .option("--hugepage <page=size>", "most of one kind of huge pages, such as 2MB=64MiB; repeatable", hugepage)
    .option(
      "--unified <file=value>",
      "a file of cgroup v2, such as memory.high=64M; repeatable",
      label,
    ) as unknown as Command<Args, Options & ResourceWords>;
}

/** The limits that the words name. @throws {UsageError} when two of them do not go together */
export function resourcesOf(words: ResourceWords): Resources {
  const { memory, memorySwap } = words;
  if (memory !== undefined && memorySwap !== undefined && memorySwap >= 0n && memorySwap < memory) {
    throw new UsageError("--memory-swap is memory and swap together: it cannot be less than --memory");
  }
  const named = {
    cpuPeriod: words.cpuPeriod,
    cpuQuota: words.cpuQuota,
    cpuShares: words.cpuShare,
    cpusetCpus: words.cpusetCpus,
    cpusetMems: words.cpusetMems,
    memoryLimitInBytes: memory,
    memorySwapLimitInBytes: memorySwap,
    oomScoreAdj: words.oomScoreAdj,
    hugepageLimits: words.hugepage,
    unified: words.unified,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

/** Makes the parser of a whole number in a range. @throws {UsageError} from the parser */
export function between(least: bigint, most: bigint): (text: string) => bigint {
  return (text) => {
    const value = /^-?\d{1,19}$/u.test(text) ? BigInt(text) : undefined;
    if (value === undefined || value < least || value > most) {
      throw new UsageError(`'${text}' is not a whole number from ${least} to ${most}`);
    }
    return value;
  };
}

function cpuQuota(text: string): bigint {
  return text === "-1" ? -1n : between(1_000n, 2n ** 53n)(text);
}

function sizeOrNone(text: string): bigint {
  return text === "-1" ? -1n : bytesFromWord(text);
}

function list(text: string): string {
  const parts = text.split(",").map((part) => /^(\d{1,5})(?:-(\d{1,5}))?$/u.exec(part));
  if (parts.some((part) => part === null || Number(part[2] ?? part[1]) < Number(part[1]))) {
    throw new UsageError(`'${text}' is not a list of numbers: write 0-3,8`);
  }
  return text;
}

function hugepage(text: string, previous: readonly HugepageLimit[] = []): readonly HugepageLimit[] {
  const [, pageSize, size] = /^(\d{1,6}[KMG]B)=(.+)$/u.exec(text) ?? [];
  if (pageSize === undefined || size === undefined) {
    throw new UsageError(`'${text}' is not a limit of huge pages: write 2MB=64MiB or 1GB=2GiB`);
  }
  return [...previous.filter((limit) => limit.pageSize !== pageSize), { pageSize, limit: bytesFromWord(size) }];
}
