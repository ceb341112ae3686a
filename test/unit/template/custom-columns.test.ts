import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../../src/errors.ts";
import { parseCustomColumns } from "../../../src/template/custom-columns.ts";

const pod = {
  id: "abc",
  metadata: { name: "web", attempt: 0 },
  labels: { "io.kubernetes.pod.name": "web", app: "w", "it's": "quoted" },
  ips: ["10.0.0.1", "10.0.0.2"],
  mounts: [{ path: "/a" }, { path: "/b" }, {}],
  nothing: null,
  empty: "",
  none: [],
  big: 18_446_744_073_709_551_615n,
};

function cell(path: string): string {
  const [column] = parseCustomColumns(`X:${path}`);
  return column?.cell(pod) ?? "";
}

test("a column has the head and the path that were written", () => {
  const columns = parseCustomColumns("NAME:.metadata.name,POD ID:.id, Tier:.labels.tier");
  expect(columns.map(({ head }) => head)).toEqual(["NAME", "POD ID", "Tier"]);
  expect(columns.map((column) => column.cell(pod))).toEqual(["web", "abc", "<none>"]);
});

describe("a path leads to", () => {
  test.each([
    [".metadata.name", "web"],
    ["metadata.name", "web"],
    ["{.metadata.name}", "web"],
    [" {metadata.name} ", "web"],
    [".ips[0]", "10.0.0.1"],
    [".ips[-1]", "10.0.0.2"],
    [".ips[-2]", "10.0.0.1"],
    [".ips[7]", "<none>"],
    [".ips[*]", "10.0.0.1,10.0.0.2"],
    [".ips.*", "10.0.0.1,10.0.0.2"],
    [".ips", "[10.0.0.1 10.0.0.2]"],
    [".mounts[*].path", "/a,/b"],
    [".mounts[1]", "map[path:/b]"],
    [".labels['io.kubernetes.pod.name']", "web"],
    ['.labels["io.kubernetes.pod.name"]', "web"],
    [String.raw`.labels.io\.kubernetes\.pod\.name`, "web"],
    [String.raw`.labels['it\'s']`, "quoted"],
    [".labels[*]", "w,web,quoted"],
    [".metadata.attempt", "0"],
    [".big", "18446744073709551615"],
    [".empty", ""],
    [".nothing", "<none>"],
    [".nothing.deeper", "<none>"],
    [".none[*]", "<none>"],
    [".missing", "<none>"],
    [".id.length", "<none>"],
    [".ips.length", "<none>"],
    [".__proto__", "<none>"],
    [".metadata.constructor", "<none>"],
    ["['id']", "abc"],
  ])("%s", (path, text) => expect(cell(path)).toBe(text));

  test("the whole item", () => {
    expect(parseCustomColumns("ALL:.")[0]?.cell({ a: 1 })).toBe("map[a:1]");
    expect(parseCustomColumns("ALL:[1]")[0]?.cell(["a", "b"])).toBe("b");
  });
});

describe("a spec that cannot be read is refused with its place", () => {
  test.each([
    ["", "custom-columns: column 1: a column is missing"],
    ["NAME:.a,", "custom-columns: column 9: a column is missing"],
    ["NAME", "custom-columns: column 1: 'NAME' is not a column: write NAME:.path"],
    [":.a", "custom-columns: column 1: ':.a' is not a column: write NAME:.path"],
    ["A:.a,B", "custom-columns: column 6: 'B' is not a column: write NAME:.path"],
    ["A:", "custom-columns: column 3: a path is missing: write .metadata.name"],
    ["A:.a,B:.b..c", "custom-columns: column 10: '..c' is no path: there are .key, ['key'], [0] and [*]"],
    ["A:.b[?(@.x==1)]", "custom-columns: column 5: '[?(@.x==1)]' is no path: there are .key, ['key'], [0] and [*]"],
    ["A:.b[1:2]", /column 5: '\[1:2\]' is no path/u],
    ["A:.b['x]", /column 5: '\['x\]' is no path/u],
    ["A:{.b", /column 3: '\{\.b' is no path/u],
    ["A:.b c", /column 5: ' c' is no path/u],
    ["A:..", /column 3: '\.\.' is no path/u],
  ])("%j", (spec, message) => {
    expect(() => parseCustomColumns(spec)).toThrow(UsageError);
    expect(() => parseCustomColumns(spec)).toThrow(message);
  });
});

test("any key is found in quotes, and with its dots escaped", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), fc.string(), (key, value) => {
      const item = Object.fromEntries([[key, value]]);
      const quoted = `['${key.replace(/['\\]/gu, String.raw`\$&`)}']`;
      expect(parseCustomColumns(`X:${quoted}`)[0]?.cell(item)).toBe(value);
      const escaped = `.${key.replace(/[^\p{L}\p{N}]/gsu, String.raw`\$&`)}`;
      if (!/[,:]/u.test(key)) expect(parseCustomColumns(`X:${escaped}`)[0]?.cell(item)).toBe(value);
    }),
  );
});

test("any spec is read, or refused with its place", () => {
  const parts = fc.constantFrom(
    "A",
    ":",
    ",",
    ".",
    "[",
    "]",
    "'",
    '"',
    "*",
    "0",
    "-1",
    "\\",
    "{",
    "}",
    " ",
    "a",
    "é",
    "\n",
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), fc.jsonValue(), (words, item) => {
      try {
        for (const column of parseCustomColumns(words.join(""))) expect(typeof column.cell(item)).toBe("string");
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        expect(error.message).toMatch(/^custom-columns: (line \d+, )?column \d+: /u);
      }
    }),
    { numRuns: 2_000 },
  );
});
