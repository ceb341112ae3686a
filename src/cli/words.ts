import { UsageError } from "../errors.ts";
import type { Platform } from "../oci/descriptor.ts";

const millisecondsOf = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A duration in milliseconds: `5` (seconds), `1.5s`, `200ms`, `2m`, `1h30m`. @throws {UsageError} */
export function duration(text: string): number {
  if (/^\d+(\.\d+)?$/u.test(text)) return Number(text) * 1_000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/u.test(text)) {
    throw new UsageError(`'${text}' is not a duration: write 5, 5s, 200ms, 2m or 1h30m`);
  }
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ms|s|m|h)/gu)) {
    milliseconds += Number(amount) * millisecondsOf[unit as keyof typeof millisecondsOf];
  }
  return milliseconds;
}

/** The deadline of `--timeout` in milliseconds: a duration, where 0 means none. @throws {UsageError} */
export function deadline(text: string): number {
  return duration(text) || Infinity;
}

/** Collects `key=value` words into one record; the value may hold further `=`. @throws {UsageError} */
export function label(text: string, previous: Labels | undefined): Labels {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`'${text}' is not a label: write key=value`);
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Labels by key. */
export type Labels = Readonly<Record<string, string>>;

/** Collects the values of an option that may be repeated. */
export function collect(text: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), text];
}

/** A whole number, none or more. @throws {UsageError} */
export function count(text: string): number {
  if (!/^\d{1,9}$/u.test(text)) throw new UsageError(`'${text}' is not a number of things: write 0, 1, 2, ...`);
  return Number(text);
}

/** A grace period in whole seconds, as CRI counts it: `10`, `10s`, `2m`. @throws {UsageError} */
export function graceSeconds(text: string): number {
  const seconds = duration(text) / 1_000;
  if (!Number.isInteger(seconds)) throw new UsageError(`'${text}' is not a whole number of seconds`);
  return seconds;
}

/** A regular expression that may fit anywhere in a name. @throws {UsageError} */
export function pattern(text: string): RegExp {
  try {
    return new RegExp(text, "u");
  } catch (error) {
    throw new UsageError(`'${text}' is not a regular expression`, { cause: error });
  }
}

/** A port to listen on here, and the port in the pod that it leads to. 0 here means any free one. */
export interface PortPair {
  readonly local: number;
  readonly remote: number;
}

/** `8080:80`, `80` for the same on both sides, or `:80` for any free port here. @throws {UsageError} */
export function portPair(text: string): PortPair {
  const match = /^(?:(?<local>\d*):)?(?<remote>\d+)$/u.exec(text);
  const remote = Number(match?.groups?.["remote"]);
  const local = Number(match?.groups?.["local"] ?? remote);
  if (!(remote >= 1 && remote <= 65_535 && local <= 65_535)) {
    throw new UsageError(`'${text}' is not a pair of ports: write 8080:80, 80 or :80`);
  }
  return { local, remote };
}

/** `linux/amd64`, `linux/arm/v7`: OS, architecture as Go names it, variant. @throws {UsageError} */
export function platform(text: string): Platform {
  const [os, architecture, variant, ...more] = text.split("/");
  if (!os || !architecture || variant === "" || more.length > 0) {
    throw new UsageError(`'${text}' is not a platform: write linux/amd64 or linux/arm/v7`);
  }
  return { os, architecture, variant };
}

/** A parser of one word out of a few, which help and completion show as well. */
export interface OneOf<Word extends string> {
  (text: string): Word;
  readonly choices: readonly Word[];
}

/** Makes the parser for an option or argument that takes one of `choices`. @throws {UsageError} from the parser */
export function oneOf<const Word extends string>(...choices: readonly Word[]): OneOf<Word> {
  const parse = (text: string): Word => {
    const chosen = choices.find((choice) => choice === text) ?? choices.find((choice) => choice === text.toLowerCase());
    if (chosen === undefined) throw new UsageError(`'${text}' is none of ${choices.join(", ")}`);
    return chosen;
  };
  return Object.assign(parse, { choices });
}
