import type { ConfigField } from "../cri/config-fields.ts";

/** The kinds of whole numbers, and from where to where each goes. */
export const integerRanges = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const satisfies Partial<Record<ConfigField["kind"], readonly [least: bigint, most: bigint]>>;

/** One of {@link integerRanges}. */
export type IntegerKind = keyof typeof integerRanges;

/** A regular expression for the decimal texts of a range's numbers: no sign but `-`, no leading zeros, no `-0`. */
export function decimalPattern(kind: IntegerKind): string {
  const [least, most] = integerRanges[kind];
  const negative = least < 0n ? [`-(?:${upTo(-least)})`] : [];
  return `^(?:0|${[upTo(most), ...negative].join("|")})$`;
}

/** From 1 to `most`: all with fewer digits, then those that are smaller from some digit on, then `most` itself. */
function upTo(most: bigint): string {
  const digits = String(most);
  const parts = [`[1-9]\\d{0,${digits.length - 2}}`];
  for (const [at, digit] of digits.split("").entries()) {
    const lowest = at === 0 ? 1 : 0;
    const rest = digits.length - at - 1;
    if (Number(digit) > lowest) {
      parts.push(`${digits.slice(0, at)}[${lowest}-${Number(digit) - 1}]${rest === 0 ? "" : `\\d{${rest}}`}`);
    }
  }
  return [...parts, digits].join("|");
}
