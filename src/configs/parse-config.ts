import type { DeepPartial, KeyValue } from "../cri/messages.ts";
import { decode } from "./decode.ts";
import type { Source } from "./document/node.ts";
import { parseDocument } from "./document/parse-document.ts";
import type { ConfigKind } from "./fields.ts";
import { configIn, inspectedEnv } from "./inspected.ts";
import { pidNamespaceWarning } from "./pid-namespace.ts";
import { requireNames } from "./required-names.ts";

/** How a config's text is read. */
export interface ParseOptions {
  /** Takes what crictl takes, silently: unknown fields are dropped, of what is said twice the last counts. */
  readonly lenient?: boolean | undefined;
  /** Told what is allowed but rarely meant, a sentence at a time. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/**
 * A config's text as its message, in the form that the stubs' `fromPartial` takes: only what the text says. Pure.
 *
 * @throws {UsageError} naming the place
 */
export async function parseConfig(source: Source, kind: ConfigKind, options: ParseOptions = {}): Promise<object> {
  const { lenient = false, onWarning } = options;
  const { document, processEnv } = configIn(await parseDocument(source, { lenient }), kind);
  const note = (sentence: string): void => onWarning?.(`${source.name}: ${sentence}`);
  // A runtime prints numbers, not knowing what they were when they were written.
  const config = decode(document, { kind, lenient, note: processEnv === undefined ? note : undefined });
  requireNames(document, config, kind);
  const warning = pidNamespaceWarning(config, kind);
  if (warning !== undefined) note(warning);
  if (processEnv === undefined || !("envs" in config)) return config;
  return { ...config, envs: inspectedEnv(config.envs as DeepPartial<KeyValue>[], processEnv) };
}
