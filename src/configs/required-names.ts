import { type ConfigDocument, type Node, refusalAt } from "./document/node.ts";
import type { ConfigKind } from "./fields.ts";

/** What crictl asks for as well, before it sends anything. All are spelled in one way only. */
export const requiredNames = {
  pod: [
    ["metadata", "name"],
    ["metadata", "namespace"],
  ],
  container: [
    ["metadata", "name"],
    ["image", "image"],
  ],
} as const satisfies Record<ConfigKind, readonly (readonly [message: string, field: string])[]>;

/** Refuses a config without a name that every config needs. @throws {UsageError} naming the place where it should be */
export function requireNames(document: ConfigDocument, config: object, kind: ConfigKind): void {
  for (const [message, field] of requiredNames[kind]) {
    if (valueIn(valueIn(config, message), field)) continue;
    const owner = nodeIn(document.root, message);
    const at = (nodeIn(owner, field) ?? owner ?? document.root).at;
    throw refusalAt(document.source, at, `${message}.${field} is missing: a ${kind} needs it`);
  }
}

function valueIn(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function nodeIn(node: Node | undefined, name: string): Node | undefined {
  return node?.kind === "map" ? node.entries.findLast(({ key }) => key === name)?.value : undefined;
}
