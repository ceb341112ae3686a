import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ConfigKind,
  enumValues,
  fieldsOf,
  messageOf,
  type NamedField,
  spellings,
  wrapped,
} from "../../../src/configs/fields.ts";
import { decimalPattern, type IntegerKind, integerRanges } from "../../../src/configs/integer-range.ts";
import { configSchema, schemaText } from "../../../src/configs/json-schema.ts";
import { parseConfig } from "../../../src/configs/parse-config.ts";
import { UsageError } from "../../../src/errors.ts";

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, allErrors: false });
const validators = { pod: ajv.compile(configSchema("pod")), container: ajv.compile(configSchema("container")) };

async function loads(kind: ConfigKind, text: string): Promise<string | true> {
  try {
    await parseConfig({ name: "f", text }, kind);
    return true;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

async function agree(kind: ConfigKind, document: unknown): Promise<boolean> {
  const accepted = validators[kind](document);
  const loaded = await loads(kind, JSON.stringify(document));
  expect(
    { accepted, why: validators[kind].errors ?? [] },
    `the loader says ${loaded} to ${JSON.stringify(document)}`,
  ).toMatchObject({
    accepted: loaded === true,
  });
  return accepted;
}

/** What a field may be given, and now and then what it may not. */
function valueOf(field: NamedField, depth: number): fc.Arbitrary<unknown> {
  const item = itemOf(field, depth);
  if (field.many === "list") return fc.oneof({ weight: 9, arbitrary: fc.array(item, { maxLength: 3 }) }, wrong);
  if (field.many === "map") {
    const texts = fc.dictionary(fc.string({ maxLength: 3 }), fc.oneof({ weight: 15, arbitrary: fc.string() }, wrong), {
      noNullPrototype: true,
      maxKeys: 3,
    });
    return fc.oneof({ weight: 9, arbitrary: texts.filter((map) => !Object.hasOwn(map, "__proto__")) }, wrong);
  }
  return item;
}

const wrong: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  true,
  "x",
  "1",
  1,
  -1,
  1.5,
  [],
  {},
  [null],
  { value: 1 },
  { base64: "" },
);

const integers: Readonly<Record<IntegerKind, fc.Arbitrary<unknown>>> = {
  int32: numbersOf("int32"),
  uint32: numbersOf("uint32"),
  int64: numbersOf("int64"),
  uint64: numbersOf("uint64"),
};

/** As numbers only those that JavaScript writes to the digit, as texts all, and those just outside. */
function numbersOf(kind: IntegerKind): fc.Arbitrary<unknown> {
  const [least, most] = integerRanges[kind];
  const near = fc.constantFrom(least - 1n, least, least + 1n, most - 1n, most, most + 1n, 0n);
  const any = fc.oneof(near, fc.bigInt({ min: least, max: most }));
  const exact = fc.oneof(fc.maxSafeInteger(), near.filter((n) => Number.isSafeInteger(Number(n))).map(Number));
  return fc.oneof(
    exact,
    any.map(String),
    fc.constantFrom("-0", "01", "+1", "1.0", "", " 1"),
    fc.constantFrom(1e3, 0.5),
  );
}

function itemOf(field: NamedField, depth: number): fc.Arbitrary<unknown> {
  const right = rightOf(field, depth);
  return fc.oneof({ weight: 24, arbitrary: right }, wrong);
}

function rightOf({ kind, of = "" }: NamedField, depth: number): fc.Arbitrary<unknown> {
  switch (kind) {
    case "message": {
      const inner = wrapped(of);
      return inner === undefined
        ? documentOf(of, depth + 1)
        : fc.oneof(documentOf(of, depth + 1), itemOf(inner, depth));
    }
    case "enum":
      return fc.constantFrom(...enumValues(of).keys(), ...enumValues(of).values(), 999, -1, "NOPE");
    case "string":
      return fc.string();
    case "bytes":
      return fc.oneof(
        fc.string(),
        fc.record({ base64: fc.oneof(fc.base64String(), fc.constantFrom("a", "aGl=", "aGk")) }),
      );
    case "bool":
      return fc.boolean();
    case "int32":
    case "uint32":
    case "int64":
    case "uint64":
      return integers[kind];
  }
}

/** A message's fields, each in one of its spellings or in both, and now and then one that there is not. */
function documentOf(message: string, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const fields = fieldsOf(message).filter((field) => depth < 4 || field.kind !== "message");
  const entries = fields.flatMap((field) => {
    const [name, other] = spellings(field);
    const value = valueOf(field, depth);
    const often = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, value);
    const chosen =
      other === undefined
        ? often.map((one) => ({ [name]: one }))
        : fc
            .tuple(often, fc.integer({ min: 0, max: 40 }))
            .map(([one, dice]): Record<string, unknown> =>
              dice === 0 ? { [name]: one, [other]: one } : { [dice % 2 === 0 ? name : other]: one },
            );
    return [chosen];
  });
  const stray = fc.integer({ min: 0, max: 60 }).map((dice): Record<string, unknown> => (dice === 0 ? { nope: 1 } : {}));
  return fc
    .tuple(...entries, stray)
    .map((parts) =>
      Object.fromEntries(parts.flatMap((part) => Object.entries(part)).filter(([, value]) => value !== undefined)),
    );
}

describe.each(["pod", "container"] as const)("the schema of a %s's config", (kind) => {
  const metadata = kind === "pod" ? { name: "a", namespace: "b" } : { name: "a" };
  const needed = kind === "pod" ? { metadata } : { metadata, image: { image: "c" } };

  test("takes what the loader takes, and refuses what it refuses", async () => {
    let taken = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(documentOf(messageOf[kind]), fc.integer({ min: 0, max: 9 }), async (document, dice) => {
        const whole = dice === 0 ? document : { ...document, ...needed };
        if (await agree(kind, whole)) taken += 1;
        else refused += 1;
      }),
      { numRuns: 1_500 },
    );
    // Neither kind may be so rare that nothing is compared.
    expect(Math.min(taken, refused)).toBeGreaterThan(100);
  });

  test("takes every field alone, in each spelling, with every wrong value told apart as the loader does", async () => {
    const values = [
      null,
      true,
      "x",
      "1",
      1,
      -1,
      1.5,
      [],
      {},
      [null],
      ["x"],
      [1],
      [{}],
      { value: "1" },
      { base64: "aGk=" },
      { a: "b" },
      { a: 1 },
    ];
    for (const field of fieldsOf(messageOf[kind])) {
      for (const name of spellings(field)) {
        for (const value of values) await agree(kind, { ...needed, [name]: value });
      }
    }
  });

  test.each([
    [{}],
    [{ metadata: null }],
    [{ metadata: { ...metadata, name: "" } }],
    [{ metadata: { ...metadata, name: null } }],
    [{ ...needed, metadata: { name: "a" } }],
    [{ status: {}, info: { config: needed, pid: 1 } }],
    [{ status: {}, info: { pid: 1 } }],
    [{ status: {}, info: 1 }],
    [{ status: {}, info: { config: {} } }],
    [{ status: {}, ...needed }],
    [{ apiVersion: "v1", kind: "Pod", ...needed }],
    [[]],
    [null],
    ["x"],
    [1],
  ])("says the same of %j", async (document) => {
    await agree(kind, document);
  });

  test("describes every field", () => {
    const { $defs } = JSON.parse(schemaText(configSchema(kind))) as {
      $defs: Record<string, { description?: string; properties?: Record<string, { description?: string }> }>;
    };
    for (const [name, { properties = {} }] of Object.entries($defs)) {
      for (const [field, { description = "" }] of Object.entries(properties)) {
        expect(description, `${name}.${field}`).not.toBe("");
      }
    }
  });
});

test("bytes are base64 to the bit", async () => {
  const letters = fc.array(fc.constantFrom("A", "Q", "g", "w", "E", "I", "M", "B", "z", "0", "/", "+", "-"), {
    maxLength: 6,
  });
  const base64 = fc.tuple(letters, fc.constantFrom("", "=", "==")).map(([some, end]) => some.join("") + end);
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(base64, async (text) => {
      const envs = [{ key: "A", value: { base64: text } }];
      if (await agree("container", { metadata: { name: "a" }, image: { image: "b" }, envs })) taken += 1;
    }),
    { numRuns: 2_000 },
  );
  expect(taken).toBeGreaterThan(50);
});

test.each(Object.keys(integerRanges) as IntegerKind[])("the texts of %s are those of its numbers", (kind) => {
  const pattern = new RegExp(decimalPattern(kind), "u");
  const [least, most] = integerRanges[kind];
  for (const edge of [least, 0n, most]) {
    for (const step of [-11n, -10n, -2n, -1n, 0n, 1n, 2n, 10n, 11n]) {
      expect(pattern.test(String(edge + step)), String(edge + step)).toBe(edge + step >= least && edge + step <= most);
    }
  }
  fc.assert(
    fc.property(fc.bigInt({ min: least * 12n - 3n, max: most * 12n }), (number) => {
      expect(pattern.test(String(number))).toBe(number >= least && number <= most);
    }),
  );
});

test("the text of a schema has the limits of 64-bit numbers to the digit", () => {
  const text = schemaText(configSchema("pod"));
  expect(text).toContain(`"maximum": 9223372036854775807`);
  expect(text).toContain(`"minimum": -9223372036854775808`);
  expect(JSON.parse(text)).toEqual(configSchema("pod"));
});
