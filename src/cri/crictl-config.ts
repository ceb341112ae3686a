import { readFile } from "node:fs/promises";
import { UsageError } from "../errors.ts";

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
    text = await readFile(path, "utf8");
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
  const { LineCounter, isMap, isScalar, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number | undefined): string => `${path}:${offset === undefined ? 1 : lines.linePos(offset).line}`;
  const [problem] = document.errors;
  if (problem !== undefined) {
    const [sentence = ""] = problem.message.split("\n");
    throw new UsageError(`${at(problem.pos[0])}: not valid YAML: ${sentence}`, { cause: problem });
  }
  if (document.contents === null) return {};
  if (!isMap(document.contents)) throw new UsageError(`${at(0)}: expected 'key: value' lines`);
  const config: Record<string, unknown> = {};
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : String(key);
    const offset = isScalar(key) ? key.range?.[0] : undefined;
    if (!isKey(name)) {
      throw new UsageError(`${at(offset)}: unknown key '${name}'`, {
        hint: `crictl's keys are ${Object.keys(keys).join(", ")}`,
      });
    }
    const { field, kind } = keys[name];
    const content: unknown = isScalar(value) ? value.value : value;
    if (content === null || content === "") continue; // crictl writes every key it has, empty or not
    if (typeof content !== kind || (kind === "number" && !Number.isInteger(content))) {
      throw new UsageError(`${at(offset)}: '${name}' takes ${words[kind]}`);
    }
    config[field] = content;
  }
  return config;
}

const words = { string: "a text", number: "a whole number", boolean: "true or false" } as const;

function isKey(name: string): name is keyof typeof keys {
  return Object.hasOwn(keys, name);
}
