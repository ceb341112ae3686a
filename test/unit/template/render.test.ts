import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExactInteger } from "../../../src/cri/verbose-info/exact-integer.ts";
import { UsageError } from "../../../src/errors.ts";
import { renderTemplate } from "../../../src/template/render.ts";

const golden = JSON.parse(readFileSync("test/fixtures/go-templates.json", "utf8")) as {
  readonly data: unknown;
  readonly cases: readonly (readonly [string, string | null])[];
};

function failure(template: string, data: unknown = golden.data): string {
  try {
    return `no failure, but: ${renderTemplate(template, data)}`;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.hint === undefined ? error.message : `${error.message} | ${error.hint}`;
  }
}

describe("a template gives what Go gives", () => {
  test.each(golden.cases.filter(([, text]) => text !== null))("%j", (template, text) => {
    expect(renderTemplate(template, golden.data)).toBe(text);
  });
});

describe("a template that Go refuses is refused", () => {
  test.each(golden.cases.filter(([, text]) => text === null))("%j", (template) => {
    expect(failure(template)).toMatch(/^template: (line \d+, )?column \d+: \S/u);
  });
});

describe("a refusal says where and why", () => {
  test.each([
    ["{{.m.missing}}", "template: column 5: there is no key 'missing' in '.m' | there are: a.b, n, x"],
    [
      "x\n {{.m.xx}}",
      "template: line 2, column 6: there is no key 'xx' in '.m' (did you mean 'x'?) | there are: a.b, n, x",
    ],
    ["{{.em.x}}", "template: column 6: there is no key 'x' in '.em' | the map is empty"],
    ["{{.c.x}}", /^template: column 5: there is no field 'x': '\.c' is a list, not a map \| use \{\{range\}\}/u],
    ["{{.a-b}}", /^template: column 5: '-' cannot stand after 'a' \| a name with '-' in it needs index/u],
    ["{{uper .b}}", "template: column 3: 'uper' is not a function (did you mean 'upper'?)"],
    ["{{name}}", /^template: column 3: 'name' is not a function \| functions: and or .*; a field is written \.name$/u],
    ["{{call .b}}", "template: column 3: 'call' is not supported: JSON holds nothing that can be called"],
    ['{{printf "%[1]s" .b}}', "template: column 3: printf: numbered arguments such as %[1]d are not supported"],
    ['{{printf "%+q" .b}}', "template: column 3: printf: %+q of a text is not supported"],
    ["é{{.b x}}", "template: column 7: 'x' is not a function | "],
    ["{{.b)}}", "template: column 5: this ')' closes nothing"],
    ["{{(.b}}", "template: column 6: a ')' is missing"],
    ["{{index .c 3}}", "template: column 3: index: there is no position 3: 0 to 2 are there"],
    ["{{not 1 2}}", "template: column 3: not takes 1 argument, not 2"],
  ])("%j", (template, wanted) => {
    if (typeof wanted === "string") expect(failure(template).slice(0, wanted.length)).toBe(wanted);
    else expect(failure(template)).toMatch(wanted);
  });
});

describe("where Go's JSON is a trap, numbers are numbers", () => {
  const data = { pid: 4242, zero: 0, half: 0.5, huge: 18_446_744_073_709_551_615n, list: [7] };
  test.each([
    ["{{if .zero}}yes{{else}}no{{end}}", "no"],
    ["{{eq .pid 4242}} {{gt .pid 4241}} {{lt .half 1}}", "true true true"],
    ['{{eq .pid "4242"}}', "true"],
    ['{{printf "%d %x %.2f" .pid .pid .half}}', "4242 1092 0.50"],
    ["{{.huge}} {{json .huge}} {{print .huge}}", "18446744073709551615 18446744073709551615 18446744073709551615"],
    ["{{gt .huge .pid}} {{eq .huge 18446744073709551615}}", "true true"],
    ["{{index .list .zero}}", "7"],
  ])("%s", (template, text) => expect(renderTemplate(template, data)).toBe(text));
});

test("what JSON has another form for is seen in that form", () => {
  const data = { bytes: new Uint8Array([1, 2, 3]), at: new Date(0), gone: undefined, list: [undefined] };
  expect(renderTemplate("{{.bytes}} {{.at}} {{json .}}", data)).toBe(
    'AQID 1970-01-01T00:00:00.000Z {"at":"1970-01-01T00:00:00.000Z","bytes":"AQID","list":[null]}',
  );
  expect(failure("{{.gone}}", data)).toContain("there is no key 'gone'");
  const limit = { memory: new ExactInteger(9_223_372_036_854_771_712n), url: new URL("http://x/") };
  expect(renderTemplate("{{.memory}} {{gt .memory 5}} {{json .}}", limit)).toBe(
    '9223372036854771712 true {"memory":9223372036854771712,"url":"http://x/"}',
  );
});

describe("only what the data has of its own is seen", () => {
  const inherited = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "__defineGetter__"];
  test.each(inherited)("%s", (name) => {
    expect(failure(`{{.${name}}}`, {})).toContain(`there is no key '${name}'`);
    expect(renderTemplate(`{{index . "${name}"}}`, {})).toBe("<no value>");
    expect(failure(`{{.a.${name}}}`, { a: [] })).toContain("is a list");
    expect(failure(`{{${name}}}`, {})).toContain("is not a function");
    expect(failure(`{{$${name}}}`, {})).toContain("is not defined");
    expect(renderTemplate(`{{.${name}}}`, JSON.parse(`{"${name}":"own"}`))).toBe("own");
  });
});

describe("no template works without end", () => {
  const many = { list: Array.from({ length: 3_000 }, (_, at) => at) };
  test.each([
    ["loops in loops", "{{range .list}}{{range $.list}}{{range $.list}}{{end}}{{end}}{{end}}", "steps"],
    ["templates that call themselves", '{{define "t"}}{{template "t" .}}{{end}}{{template "t" .}}', "600 deep"],
    ["and twice so", '{{define "t"}}{{template "t"}}{{template "t"}}{{end}}{{template "t"}}', "600 deep"],
    ["a text that doubles", '{{$x := "0123456789abcdef"}}{{range .list}}{{$x = print $x $x}}{{end}}', "characters"],
    ["much text", '{{range .list}}{{printf "%1000000d" 1}}{{end}}', "characters"],
    ["wide columns", '{{printf "%1000001d" 1}}', "columns are too many"],
    ["much nesting", `{{${"(".repeat(10_000)}1${")".repeat(10_000)}}}`, "nested more than 200 deep"],
    ["many blocks", "{{if 1}}".repeat(10_000), "nested more than 200 deep"],
  ])("%s", (_, template, why) => expect(failure(template, many)).toContain(why));

  test("nor does one over data that holds itself", () => {
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    for (const template of ["{{.}}", "{{json .}}", "{{println .}}", '{{printf "%s" .}}']) {
      expect(failure(template, loop)).toContain("the data is nested more than 500 deep");
    }
  });

  test("a node with very much on it is far from the limit", () => {
    const items = Array.from({ length: 10_000 }, (_, at) => ({ name: `c${at}`, labels: { a: "1", b: "2" } }));
    const text = renderTemplate("{{range .items}}{{.name}} {{range $k, $v := .labels}}{{$k}}={{$v}},{{end}}\n{{end}}", {
      items,
    });
    expect(text.split("\n")).toHaveLength(10_001);
  });
});

const jsonValue = fc.jsonValue({ maxDepth: 4 });
const words = fc.constantFrom(
  " ",
  "\n",
  ...String.raw`{{ }} {{- -}} ( ) | . .a $ $x := = , "t" "%d" 1 -2 0x /* */ ' \ é { } [0] __proto__ %`.split(" "),
  ..."if else end range with define template break nil true index printf eq json and len".split(" "),
);

describe("whatever is asked", () => {
  test("text without braces is itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), jsonValue, (text, data) => {
        fc.pre(!text.includes("{{"));
        expect(renderTemplate(text, data)).toBe(text);
      }),
    );
  });

  test("a template gives a text, or says at which place it is wrong", () => {
    const template = fc.array(words, { maxLength: 30 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(template, jsonValue, (text, data) => {
        try {
          expect(typeof renderTemplate(text, data)).toBe("string");
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
          expect(error.message).toMatch(/^template: (line \d+, )?column \d+: [^\n]+$/u);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("json gives the data back", () => {
    fc.assert(
      fc.property(jsonValue, (data) => {
        const again: unknown = JSON.parse(renderTemplate("{{json .}}", { data })) as unknown;
        expect(again).toEqual(JSON.parse(JSON.stringify({ data })));
      }),
    );
  });

  test("range sees every key once, in Go's order", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.integer()), (dict) => {
        const text = renderTemplate("{{range $k, $v := .}}{{json $k}}{{$v}}\n{{end}}", dict);
        const sorted = Object.keys(dict).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const escaped = (key: string) =>
          JSON.stringify(key).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
        expect(text).toBe(sorted.map((key) => `${escaped(key)}${dict[key] ?? ""}\n`).join(""));
      }),
    );
  });

  test("index finds under any key what is there, by a quoted key", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (key, value) => {
        const template = `{{index . ${JSON.stringify(key)}}}`;
        expect(renderTemplate(template, Object.fromEntries([[key, value]]))).toBe(value);
      }),
    );
  });
});
