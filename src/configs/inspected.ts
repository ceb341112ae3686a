import { type ConfigDocument, type MapNode, type Node, refusalAt } from "./document/node.ts";
import type { ConfigKind } from "./fields.ts";

/**
 * The config in a document. What `inspect` and `inspectp` print has it below `info.config`, where the runtime gives the config
 * that it was sent; everything else is a config itself.
 *
 * @throws {UsageError} when there is none: also for a Kubernetes manifest, which is often taken for one
 */
export function configIn(document: ConfigDocument, kind: ConfigKind): ConfigDocument {
  const { root, source } = document;
  const info = valueOf(root, "info");
  if (info !== undefined && valueOf(root, "status") !== undefined) {
    const config = valueOf(info, "config");
    if (config?.kind === "map") return { source, root: config };
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
  return document;
}

function valueOf(node: Node, name: string): Node | undefined {
  return node.kind === "map" ? (node as MapNode).entries.find(({ key }) => key === name)?.value : undefined;
}
