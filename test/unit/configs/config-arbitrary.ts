import fc from "fast-check";
import { type ConfigKind, enumValues, fieldsOf, messageOf, type NamedField } from "../../../src/configs/fields.ts";
import { integerRanges } from "../../../src/configs/integer-range.ts";

/** Any config that has its names, in the form that the stubs' `fromPartial` takes. */
export function configArbitrary(kind: ConfigKind): fc.Arbitrary<object> {
  const metadata = { name: "a", ...(kind === "pod" ? { namespace: "b" } : {}) };
  const needed = kind === "pod" ? { metadata } : { metadata, image: { image: "c" } };
  return messageArbitrary(messageOf[kind], 0).map((config) => ({ ...config, ...needed }));
}

function messageArbitrary(message: string, depth: number): fc.Arbitrary<object> {
  const fields = fieldsOf(message).filter(({ kind }) => depth < 4 || kind !== "message");
  const model = Object.fromEntries(fields.map((field) => [field.json, valueArbitrary(field, depth)]));
  return fc.record(model, { requiredKeys: [] });
}

function valueArbitrary(field: NamedField, depth: number): fc.Arbitrary<unknown> {
  const item = itemArbitrary(field, depth);
  if (field.many === "list") return fc.array(item, { maxLength: 2 });
  if (field.many === "map") {
    const keys = fc.string({ unit: "grapheme", maxLength: 5 }).filter((key) => key !== "__proto__");
    return fc.dictionary(keys, fc.string({ unit: "grapheme" }), { maxKeys: 2, noNullPrototype: true });
  }
  return item;
}

function itemArbitrary({ kind, of = "" }: NamedField, depth: number): fc.Arbitrary<unknown> {
  switch (kind) {
    case "message":
      return messageArbitrary(of, depth + 1);
    case "enum":
      return fc.constantFrom(...new Set(enumValues(of).values()));
    case "string":
      return fc.oneof(
        fc.string({ unit: "grapheme" }),
        fc.constantFrom("", "yes", "~", "1.10", "010", "#", "a: b", "\n", "<<"),
      );
    case "bytes":
      return fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.string()).map((value) => Buffer.from(value as string));
    case "bool":
      return fc.boolean();
    case "int32":
    case "uint32":
      return fc.integer({ min: Number(integerRanges[kind][0]), max: Number(integerRanges[kind][1]) });
    case "int64":
    case "uint64":
      return fc.bigInt({ min: integerRanges[kind][0], max: integerRanges[kind][1] });
  }
}
