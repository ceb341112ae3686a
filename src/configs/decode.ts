import { nearest } from "../near.ts";
import { decodeScalar, isNull, Misfit, shown, textFrom } from "./decode-scalar.ts";
import { type ConfigDocument, type MapNode, type Node, refusalAt } from "./document/node.ts";
import { fieldIn, unknownField } from "./field-names.ts";
import { goText } from "./go-yaml.ts";
import { type ConfigKind, enumValues, messageOf, type NamedField, wrapped } from "./fields.ts";

/** What is read, and how. */
interface DecodeOptions {
  readonly kind: ConfigKind;
  /** Takes what crictl takes, silently. */
  readonly lenient: boolean;
  /** Told what is rarely meant. */
  readonly note: ((sentence: string) => void) | undefined;
}

/** Where a value stands, for its refusals. */
interface Place extends DecodeOptions {
  readonly document: ConfigDocument;
  /** Such as `linux.security_context`, as the file spells it; empty at the top. */
  readonly path: string;
}

/**
 * A document as the message of its kind, in the form that the stubs' `fromPartial` takes: only what the file says.
 *
 * @throws {UsageError} with line and column, at the first thing that does not fit
 */
export function decode(document: ConfigDocument, options: DecodeOptions): object {
  return messageFrom(document.root, messageOf[options.kind], { ...options, document, path: "" });
}

function messageFrom(node: Node, message: string, place: Place): Record<string, unknown> {
  const said = new Map<string, string>();
  const values = new Map<string, unknown>();
  for (const { key, at, value } of mapFrom(node, place).entries) {
    const field = fieldIn(message, key, place);
    if (field === undefined) {
      if (place.lenient) continue;
      const { what, hint } = unknownField(key, { ...place, message });
      throw refusalAt(place.document.source, at, what, hint);
    }
    const inside = below(place, key);
    const before = said.get(field.name);
    if (before !== undefined && !place.lenient) {
      throw refusalAt(
        place.document.source,
        at,
        `${inside.path} ${before === key ? "is there twice" : `and ${before} are the same field`}`,
      );
    }
    said.set(field.name, key);
    if (isNull(value)) values.delete(field.json);
    else values.set(field.json, fieldFrom(value, field, inside));
  }
  return Object.fromEntries(values);
}

function fieldFrom(node: Node, field: NamedField, place: Place): unknown {
  if (field.many === "map") return textsFrom(node, place);
  if (field.many === undefined) return itemFrom(node, field, place);
  if (node.kind !== "list") throw misfit(node, place, `takes a list, not ${nameOf(node)}`);
  return node.items.map((item, at) => itemFrom(item, field, { ...place, path: `${place.path}[${at}]` }));
}

/** Texts by names that are the user's own. */
function textsFrom(node: Node, place: Place): Record<string, unknown> {
  const texts = new Map<string, unknown>();
  for (const entry of mapFrom(node, place).entries) {
    const inside = { ...place, path: `${place.path}[${JSON.stringify(entry.key)}]` };
    const key = textFrom({ ...entry, source: entry.key }, place.lenient);
    if (key instanceof Misfit) {
      throw misfit(entry, place, `has the name ${entry.key}, which some read as ${goText(entry.key)}`, key.hint);
    }
    if (texts.has(key as string) && !place.lenient)
      throw refusalAt(place.document.source, entry.at, `${inside.path} is there twice`);
    texts.set(key as string, scalarFrom(entry.value, "string", inside));
  }
  return Object.fromEntries(texts);
}

function itemFrom(node: Node, { kind, of }: NamedField, place: Place): unknown {
  switch (kind) {
    case "message": {
      const inner = node.kind === "scalar" && !isNull(node) ? wrapped(of) : undefined;
      return inner === undefined ? messageFrom(node, of ?? "", place) : { value: itemFrom(node, inner, place) };
    }
    case "enum":
      return enumFrom(node, of, place);
    case "bytes":
      return bytesFrom(node, place);
    case "string":
    case "bool":
    case "int32":
    case "uint32":
    case "int64":
    case "uint64":
      return scalarFrom(node, kind, place);
  }
}

function scalarFrom(node: Node, kind: Parameters<typeof decodeScalar>[0], place: Place): unknown {
  if (isNull(node)) {
    if (place.lenient && kind === "string") return "";
    throw misfit(node, place, "has no value", kind === "string" ? `write "" for an empty text` : undefined);
  }
  const value = decodeScalar(kind, node, place.lenient);
  if (value instanceof Misfit) throw misfit(node, place, value.what, value.hint);
  return value;
}

function enumFrom(node: Node, name: string | undefined, place: Place): unknown {
  const values = enumValues(name);
  if (node.kind === "scalar" && node.style !== "literal" && values.has(node.source)) return values.get(node.source);
  if (node.kind === "scalar" && node.style !== "text" && /^-?\d/u.test(node.source)) {
    const number = scalarFrom(node, "int32", place);
    const [meant] = [...values].find(([, value]) => value === number) ?? [];
    if (name === "Signal" && number !== 0 && meant !== undefined) {
      place.note?.(`${place.path}: ${node.source} is CRI's own number and means ${meant}, whatever the kernel's says`);
    }
    // A newer runtime may know a newer number, but a wrong one is far more likely.
    if (place.lenient || meant !== undefined) return number;
  }
  const word = node.kind === "scalar" ? shown(node) : nameOf(node);
  const near = node.kind === "scalar" ? nearestWord(node.source, values.keys()) : undefined;
  const hint =
    near === undefined
      ? `it takes ${[...values.keys()].slice(0, 8).join(", ")}${values.size > 8 ? ", …" : ""}`
      : `did you mean ${near}?`;
  throw misfit(
    node,
    place,
    `takes the name or the number of a ${(name ?? "").replaceAll("_", ".")}, not ${word}`,
    hint,
  );
}

function nearestWord(word: string, names: Iterable<string>): string | undefined {
  const all = [...names];
  return all.find((name) => name.toLowerCase() === word.toLowerCase()) ?? nearest(word, all);
}

/**
 * A text is the bytes of its UTF-8, as it was while the field was a string; what is none is `{ base64: … }`. Variables of the
 * environment are all there is of bytes, so a refusal shows no value.
 */
function bytesFrom(node: Node, place: Place): Uint8Array {
  if (node.kind === "scalar") {
    const text = isNull(node) && place.lenient ? "" : decodeScalar("string", node, place.lenient);
    if (isNull(node) && !place.lenient) throw misfit(node, place, "has no value", `write "" for an empty text`);
    if (text instanceof Misfit) throw misfit(node, place, "takes a text, and this is none", "write it in quotes");
    return Buffer.from(text as string);
  }
  const [entry, ...more] = node.kind === "map" ? node.entries : [];
  if (entry?.key !== "base64" || more.length > 0) {
    throw misfit(
      node,
      place,
      `takes a text, not ${nameOf(node)}`,
      "bytes that are no text can be said as { base64: … }",
    );
  }
  const { value } = entry;
  const bytes = value.kind === "scalar" && value.style !== "literal" ? Buffer.from(value.source, "base64") : undefined;
  if (bytes === undefined || value.kind !== "scalar" || bytes.toString("base64") !== value.source) {
    throw misfit(value, below(place, entry.key), "takes base64");
  }
  return bytes;
}

function mapFrom(node: Node, place: Place): MapNode {
  if (node.kind === "map") return node;
  if (place.path !== "") throw misfit(node, place, `takes fields, not ${nameOf(node)}`);
  throw refusalAt(place.document.source, node.at, `a ${place.kind}'s config has fields, this is ${nameOf(node)}`);
}

function below(place: Place, key: string): Place {
  return { ...place, path: place.path === "" ? key : `${place.path}.${key}` };
}

function misfit({ at }: Pick<Node, "at">, { document, path }: Place, what: string, hint?: string): Error {
  return refusalAt(document.source, at, `${path} ${what}`, hint);
}

function nameOf(node: Node): string {
  if (node.kind === "scalar") return isNull(node) ? "nothing" : shown(node);
  return node.kind === "list" ? "a list" : "a map";
}
