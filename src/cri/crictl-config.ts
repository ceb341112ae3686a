import { readFileSync } from "node:fs";
import { UsageError } from "../errors.ts";
import { nearest } from "../near.ts";
import { readFlatYaml } from "./flat-yaml.ts";

/** What a crictl.yaml says. A key that is not in the file is absent. */
export interface CrictlConfig {
  readonly runtimeEndpoint?: string;
  readonly imageEndpoint?: string;
  /** Seconds, as crictl counts them. */
  readonly timeoutSeconds?: number;
  readonly debug?: boolean;
  readonly pullImageOnCreate?: boolean;
  readonly disablePullOnRun?: boolean;
  readonly maxRetries?: number;
}

/** crictl's seven keys, and how each is read. */
const keys = {
  "runtime-endpoint": { field: "runtimeEndpoint", kind: "string" },
  "image-endpoint": { field: "imageEndpoint", kind: "string" },
  timeout: { field: "timeoutSeconds", kind: "number" },
  debug: { field: "debug", kind: "boolean" },
  "pull-image-on-create": { field: "pullImageOnCreate", kind: "boolean" },
  "disable-pull-on-run": { field: "disablePullOnRun", kind: "boolean" },
  "max-retries": { field: "maxRetries", kind: "number" },
} as const;

/** A key of crictl.yaml. */
export type CrictlKey = keyof typeof keys;

/** Every key of crictl.yaml, in crictl's order. */
export const crictlKeys = Object.keys(keys) as readonly CrictlKey[];

/** The value of a key in what was read; `undefined` when the file does not say. */
export function valueOf(config: CrictlConfig, key: CrictlKey): string | number | boolean | undefined {
  return config[keys[key].field];
}

/**
 * Reads a crictl.yaml.
 *
 * @returns undefined when there is no such file
 * @throws {UsageError} naming the file, the line and the key when it cannot be read or says something that crictl has no
 *   key for: a setting that is silently ignored would send commands to another runtime
 */
export async function readCrictlConfig(path: string): Promise<CrictlConfig | undefined> {
  let text: string;
  try {
    text = readFileSync(path, "utf8"); // another thread takes longer to be asked, and every command waits for it
  } catch (error) {
    const errno = error instanceof Error && "code" in error ? String(error.code) : "";
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw new UsageError(`cannot read ${path} (${errno})`, {
      cause: error,
      hint: "make it readable, or name the runtime with --runtime-endpoint and the file to use with --config",
    });
  }
  return text.trim() === "" ? {} : parseCrictlConfig(text, path);
}

/** The same for text that was read already; `path` is named in errors. @throws {UsageError} */
export async function parseCrictlConfig(text: string, path: string): Promise<CrictlConfig> {
  const entries = readFlatYaml(text) ?? (await readYaml(text, path));
  const config: Record<string, unknown> = {};
  for (const { key, value, line } of entries) {
    const { field, kind } = keys[crictlKey(key, `${path}:${line}`)];
    if (value === undefined || value === null || value === "") continue; // crictl writes every key it has, empty or not
    if (typeof value !== kind || (kind === "number" && !Number.isInteger(value))) {
      throw new UsageError(`${path}:${line}: '${key}' takes ${words[kind]}`);
    }
    config[field] = value;
  }
  return config;
}

async function readYaml(
  text: string,
  path: string,
): Promise<readonly { readonly key: string; readonly value: unknown; readonly line: number }[]> {
  const { LineCounter, isMap, isScalar, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineOf = (offset = 0): number => lines.linePos(offset).line;
  const [problem] = document.errors;
  if (problem !== undefined) {
    const [sentence = ""] = problem.message.split("\n");
    throw new UsageError(`${path}:${lineOf(problem.pos[0])}: not valid YAML: ${sentence}`, { cause: problem });
  }
  if (document.contents === null) return [];
  if (!isMap(document.contents)) throw new UsageError(`${path}:1: expected 'key: value' lines`);
  return document.contents.items.map(({ key, value }) => ({
    key: isScalar(key) ? String(key.value) : String(key),
    value: isScalar(value) ? value.value : value,
    line: lineOf(isScalar(key) ? key.range?.[0] : undefined),
  }));
}

/** A key of crictl's. @param where what is named in the error @throws {UsageError} with the near one for any other */
export function crictlKey(text: string, where: string): CrictlKey {
  if (Object.hasOwn(keys, text)) return text as CrictlKey;
  const near = nearest(text, crictlKeys);
  throw new UsageError(`${where}: unknown key '${text}'${near === undefined ? "" : ` (did you mean '${near}'?)`}`, {
    hint: `crictl's keys are ${crictlKeys.join(", ")}`,
  });
}

/** What a key takes, read from a word. @throws {UsageError} */
export function crictlValue(key: CrictlKey, text: string): string | number | boolean {
  const { kind } = keys[key];
  if (kind === "string") return text;
  if (kind === "boolean" && /^(?:true|false)$/u.test(text)) return text === "true";
  // crictl reads whole seconds alone.
  const digits = key === "timeout" ? text.replace(/(?<=\d)s$/u, "") : text;
  if (kind === "number" && /^-?\d{1,9}$/u.test(digits)) return Number(digits);
  throw new UsageError(`'${key}' takes ${words[kind]}, not '${text}'`);
}

const words = { string: "a text", number: "a whole number", boolean: "true or false" } as const;
