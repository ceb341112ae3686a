import { UsageError } from "../errors.ts";

/** How one of Google's types is written in protojson, where that is not as the message it is. */
export interface WellKnown {
  /** @throws {UsageError} when the text is not of this form */
  readonly from: (text: string, path: string) => Record<string, unknown>;
  /** Gives nothing when the message has no such form: it is then shown as the message it is. */
  readonly to: (message: Record<string, unknown>) => string | undefined;
}

/** Years 1 to 9999, which is all that a text of a time can say. Seconds since 1970. */
const firstSecond = -62_135_596_800;
const lastSecond = 253_402_300_799;

/** Google's types whose JSON form is a text, by their whole name. @see https://protobuf.dev/programming-guides/json/ */
export const wellKnown: Readonly<Record<string, WellKnown>> = {
  ".google.protobuf.Timestamp": {
    from(text, path) {
      const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/u.exec(text);
      const [, day = "", parts = "", zone = ""] = match ?? [];
      const seconds = Date.parse(`${day}${zone}`) / 1_000;
      // Date.parse takes the 30th of February for the 2nd of March.
      if (!(seconds >= firstSecond && seconds <= lastSecond) || secondOf(Date.parse(`${day}Z`)) !== day) {
        throw new UsageError(`${path} has to be a time such as 2026-01-31T12:00:00Z`);
      }
      return { seconds: String(seconds), nanos: Number(parts.padEnd(9, "0")) };
    },
    to({ seconds, nanos }) {
      const at = Number(seconds);
      const nanoseconds = Number(nanos);
      if (at < firstSecond || at > lastSecond || nanoseconds < 0 || nanoseconds > 999_999_999) return undefined;
      return `${secondOf(at * 1_000)}${fraction(nanoseconds)}Z`;
    },
  },
  ".google.protobuf.Duration": {
    from(text, path) {
      const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/u.exec(text);
      if (match === null) throw new UsageError(`${path} has to be a duration such as 1.5s`);
      const [, sign = "", seconds = "0", parts = ""] = match;
      return { seconds: `${sign}${seconds}`, nanos: Number(`${sign}${parts.padEnd(9, "0")}`) };
    },
    to({ seconds, nanos }) {
      const sign = Number(nanos) < 0 || Number(seconds) < 0 ? "-" : "";
      return `${sign}${String(seconds).replace("-", "")}${fraction(Math.abs(Number(nanos)))}s`;
    },
  },
  ".google.protobuf.FieldMask": {
    // containerd's paths may go on into the key of a label, which has to stay as it is: only the first word is a field's.
    from: (text) => ({ paths: text === "" ? [] : text.split(",").map((path) => head(path, snakeOf)) }),
    to: ({ paths }) => (paths as string[]).map((path) => head(path, camelOf)).join(","),
  },
};

function secondOf(ms: number): string {
  return Number.isNaN(ms) ? "" : new Date(ms).toISOString().slice(0, 19);
}

/** `.5` as `.500`: protojson has three, six or nine digits. */
function fraction(nanos: number): string {
  const digits = String(nanos)
    .padStart(9, "0")
    .replace(/(?:000){1,3}$/u, "");
  return digits === "" ? "" : `.${digits}`;
}

function head(path: string, change: (word: string) => string): string {
  const [first = "", ...rest] = path.split(".");
  return [change(first), ...rest].join(".");
}

function snakeOf(word: string): string {
  return word.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}

function camelOf(word: string): string {
  return word.replace(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}
