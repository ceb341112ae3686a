import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, parseAllDocuments } from "yaml";
import { deepest, type Entry, type MapNode, type Node, refusalAt, type ScalarNode, type Source } from "./node.ts";

/** More values than any config has, aliases counted as often as they are used. */
const most = 1_000_000;

const coreTag = "tag:yaml.org,2002:";

/**
 * Reads YAML, keeping every value's place and what is written of it. Nothing is resolved: whether `yes` or `1.10` is a
 * text is for the field to say. Anchors, aliases and merge keys are followed.
 *
 * @param firstOnly leaves out what comes after the first of several documents, as crictl does
 * @returns undefined when there is nothing but comments
 * @throws {UsageError} with line and column, where the text is not YAML, or more than one document
 */
export function parseYaml(source: Source, firstOnly: boolean): Node | undefined {
  const [first, ...more] = parseAllDocuments(source.text, {
    schema: "failsafe",
    uniqueKeys: false, // it compares each with each; duplicates are found where fields are looked up
    prettyErrors: false,
    logLevel: "silent",
  }) as readonly Document.Parsed[];
  const [problem] = first?.errors ?? [];
  if (problem !== undefined) {
    const [why = ""] = problem.message.split("\n");
    const tooDeep = why.startsWith("Maximum call stack"); // its recursion
    throw refusalAt(source, problem.pos[0], tooDeep ? "nested too deeply to be read" : `not valid YAML: ${why}`);
  }
  const second = more.find(({ contents }) => contents !== null && !isNothing(contents));
  if (second !== undefined && !firstOnly) {
    throw refusalAt(source, second.contents?.range[0] ?? 0, "a second document begins here, a config is one");
  }
  if (first?.contents == null || isNothing(first.contents)) return undefined;
  return new Converter(source).node(first.contents, 0).node;
}

/** What stands between `---` and the end: a scalar without a character. */
function isNothing(contents: unknown): boolean {
  return isScalar(contents) && contents.type === "PLAIN" && contents.source === "";
}

/** A value, and how many values are in it. */
interface Sized<Value extends Node = Node> {
  readonly node: Value;
  readonly size: number;
}

/** The library's nodes into ours. */
class Converter {
  readonly #source: Source;
  /** What an alias may mean by now; `undefined` while it is still being read. */
  readonly #anchors = new Map<string, Sized | undefined>();

  constructor(source: Source) {
    this.#source = source;
  }

  node(node: unknown, depth: number): Sized {
    if (isAlias(node)) return this.#alias(node.source, node.range?.[0] ?? 0);
    const { anchor, range } = (node ?? {}) as { anchor?: string; range?: readonly number[] };
    const at = range?.[0] ?? 0;
    if (depth > deepest) throw refusalAt(this.#source, at, `more than ${deepest} levels deep`);
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const sized = this.#content(node, at, depth);
    if (anchor !== undefined) this.#anchors.set(anchor, sized);
    if (sized.size > most) {
      throw refusalAt(this.#source, at, `more than ${most} values, its aliases counted as often as they are used`);
    }
    return sized;
  }

  #content(node: unknown, at: number, depth: number): Sized {
    if (isMap(node)) {
      this.#refuseTag(node.tag, ["map"], at);
      return this.#map(node.items, at, depth);
    }
    if (isSeq(node)) {
      this.#refuseTag(node.tag, ["seq"], at);
      const items = node.items.map((item) => this.node(item, depth + 1));
      return { node: { kind: "list", at, items: items.map((item) => item.node) }, size: sizeOf(items) };
    }
    return { node: this.#scalar(node, at), size: 1 };
  }

  #map(pairs: readonly Pair[], at: number, depth: number): Sized<MapNode> {
    const own: Entry[] = [];
    const merged: Entry[] = [];
    const sizes: Sized[] = [];
    for (const { key, value } of pairs) {
      const { range } = (key ?? {}) as { range?: readonly number[] };
      const name = this.#scalar(key, range?.[0] ?? at);
      const sized = this.node(value, depth + 1);
      sizes.push(sized);
      if (name.style === "plain" && name.source === "<<")
        for (const entry of this.#merged(sized.node)) merged.push(entry);
      else own.push({ key: name.source, style: name.style, at: name.at, value: sized.node });
    }
    // What is said here wins over what is merged, and of that the first.
    const known = new Set(own.map(({ key }) => key));
    const added = merged.filter(({ key }) => !known.has(key) && known.add(key));
    return { node: { kind: "map", at, entries: [...own, ...added] }, size: sizeOf(sizes) };
  }

  #merged(node: Node): readonly Entry[] {
    if (node.kind === "map") return node.entries;
    if (node.kind === "list") return node.items.flatMap((item) => this.#merged(item));
    throw refusalAt(this.#source, node.at, "'<<' takes a map, or a list of maps");
  }

  #alias(name: string, at: number): Sized {
    const sized = this.#anchors.get(name);
    if (sized !== undefined) return sized;
    const why = this.#anchors.has(name)
      ? "stands inside of what it means"
      : "means nothing: there is no anchor before it";
    throw refusalAt(this.#source, at, `'*${name}' ${why}`);
  }

  #scalar(node: unknown, at: number): ScalarNode {
    if (isAlias(node)) {
      const { node: target } = this.#alias(node.source, at);
      if (target.kind === "scalar") return target;
    }
    if (!isScalar(node)) throw refusalAt(this.#source, at, "a key has to be a text");
    this.#refuseTag(node.tag, ["str", "int", "float", "bool", "null"], at);
    const isText = node.type !== "PLAIN" || node.tag === "!" || node.tag === `${coreTag}str`;
    return {
      kind: "scalar",
      at,
      style: isText ? "text" : "plain",
      source: isText && typeof node.value === "string" ? node.value : (node.source ?? ""),
    };
  }

  #refuseTag(tag: string | undefined, known: readonly string[], at: number): void {
    if (tag === undefined || tag === "!" || known.some((name) => tag === coreTag + name)) return;
    throw refusalAt(this.#source, at, `the tag ${tag.replace(coreTag, "!!")} means nothing here`);
  }
}

function sizeOf(parts: readonly Sized[]): number {
  return parts.reduce((sum, { size }) => sum + size, 1);
}
