import type { DeepPartial, KeyValue } from "../cri/messages.ts";
import { type ConfigDocument, type Node, refusalAt } from "./document/node.ts";
import type { ConfigKind } from "./fields.ts";

/** A config's document, taken out of what it came in. */
export interface FoundConfig {
  readonly document: ConfigDocument;
  /** Of what inspect prints: the container's environment as the runtime made it, `K=V` each. */
  readonly processEnv: readonly string[] | undefined;
}

/**
 * The config in a document. What `inspect` and `inspectp` print has it below `info.config`, where the runtime gives the config
 * that it was sent; everything else is a config itself.
 *
 * @throws {UsageError} when there is none: also for a Kubernetes manifest, which is often taken for one
 */
export function configIn(document: ConfigDocument, kind: ConfigKind): FoundConfig {
  const { root, source } = document;
  const info = valueOf(root, "info");
  if (info !== undefined && valueOf(root, "status") !== undefined) {
    const config = valueOf(info, "config");
    if (config?.kind === "map") return { document: { source, root: config }, processEnv: processEnvIn(info) };
    throw refusalAt(
      source,
      info.at,
      `this is what inspect prints, but there is no info.config in it to make a ${kind} from`,
      "containerd gives it, without -q; other runtimes do not",
    );
  }
  if (valueOf(root, "apiVersion") !== undefined && valueOf(root, "kind") !== undefined) {
    throw refusalAt(
      source,
      root.at,
      `this is a Kubernetes manifest, not a ${kind}'s config for a container runtime`,
      `'crikit init ${kind}' prints one to start from`,
    );
  }
  return { document, processEnv: undefined };
}

function processEnvIn(info: Node): readonly string[] {
  const env = ["runtimeSpec", "process", "env"].reduce<Node | undefined>(
    (node, name) => node && valueOf(node, name),
    info,
  );
  return env?.kind === "list" ? env.items.flatMap((item) => (item.kind === "scalar" ? item.source : [])) : [];
}

function valueOf(node: Node, name: string): Node | undefined {
  return node.kind === "map" ? node.entries.find(({ key }) => key === name)?.value : undefined;
}

/**
 * The environment of a config that was inspected. Since the value of a variable is bytes in CRI, newer runtimes print it in
 * base64, older ones print the text; which one it is, is seen from the environment that the process was given.
 */
export function inspectedEnv(
  envs: readonly DeepPartial<KeyValue>[],
  processEnv: readonly string[],
): DeepPartial<KeyValue>[] {
  const given = new Set(processEnv);
  const isGiven = ({ key, value }: DeepPartial<KeyValue>): boolean =>
    given.has(`${key}=${Buffer.from(value ?? []).toString()}`);
  const decoded = envs.map(({ key, value }) => ({
    ...(key === undefined ? {} : { key }),
    value: Buffer.from(Buffer.from(value ?? []).toString(), "base64"),
  }));
  return !envs.every(isGiven) && decoded.every(isGiven) ? decoded : [...envs];
}
