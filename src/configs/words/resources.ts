import { UsageError } from "../../errors.ts";

const bytesOf: Readonly<Record<string, bigint>> = {
  "": 1n,
  B: 1n,
  KB: 1_000n,
  MB: 1_000_000n,
  GB: 1_000_000_000n,
  TB: 1_000_000_000_000n,
  KIB: 1n << 10n,
  MIB: 1n << 20n,
  GIB: 1n << 30n,
  TIB: 1n << 40n,
  KI: 1n << 10n,
  MI: 1n << 20n,
  GI: 1n << 30n,
  TI: 1n << 40n,
};

/**
 * Bytes: `67108864`, `64MiB`, `64Mi`, `1.5GB`. `64m` and `64M` are refused: they are mebibytes to Docker, thousandths and
 * megabytes to Kubernetes.
 *
 * @throws {UsageError} that says what to write
 */
export function bytesFromWord(word: string): bigint {
  const [, whole = "", fraction = "", unit = ""] = /^(\d{1,15})(?:\.(\d{1,9}))?\s?([A-Za-z]*)$/u.exec(word) ?? [];
  const factor = bytesOf[unit.toUpperCase()];
  const bytes =
    whole === "" || factor === undefined ? 0n : (BigInt(whole + fraction) * factor) / 10n ** BigInt(fraction.length);
  if (bytes < 1n || bytes > 2n ** 63n - 1n) {
    throw new UsageError(`'${word}' is not a size: write 67108864, 64MiB or 64MB`);
  }
  return bytes;
}

/** A share of the CPUs in microseconds, as the kernel's scheduler takes it. */
export interface CpuLimit {
  readonly cpuPeriod: bigint;
  readonly cpuQuota: bigint;
}

/** The kernel's own default period. */
const periodUs = 100_000;
/** The least quota it takes. */
const leastUs = 1_000;

/** How many CPUs' time: `0.5`, `2`. @throws {UsageError} that says what to write */
export function cpusFromWord(word: string): CpuLimit {
  const quotaUs = /^\d{1,6}(\.\d{1,9})?$|^\.\d{1,9}$/u.test(word) ? Math.round(Number(word) * periodUs) : 0;
  if (quotaUs < leastUs) throw new UsageError(`'${word}' is not a number of CPUs: write 2, 0.5 or at least 0.01`);
  return { cpuPeriod: BigInt(periodUs), cpuQuota: BigInt(quotaUs) };
}
