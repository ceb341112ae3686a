import { expect, test } from "vitest";
import { toJson } from "../../../../src/cli/views/json.ts";
import { toYaml } from "../../../../src/cli/views/yaml.ts";

test("a 64-bit number keeps all its digits, as a string", () => {
  expect(toJson({ ino: 9_007_199_254_740_993n }, 0)).toBe('{"ino":"9007199254740993"}');
});

test("bytes are base64, whatever class holds them", () => {
  const bytes = [104, 105];
  expect(toJson([Buffer.from(bytes), new Uint8Array(bytes)], 0)).toBe('["aGk=","aGk="]');
});

test("control characters are escaped, beyond what JSON asks for, and mean the same", () => {
  const name = "\u001b[2J\u007f\u009b2J";
  const text = toJson({ name });
  expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(JSON.parse(text)).toEqual({ name });
});

test("nothing is null", () => expect(toJson(undefined)).toBe("null"));

test("YAML holds what the JSON holds, and keeps texts that look like numbers texts", async () => {
  const data = { ino: 5n, id: "0123", yes: "yes", list: [{ a: 1 }, { a: 2 }], text: "one two ".repeat(30) };
  const yaml = await toYaml(data);
  expect(yaml).toContain('ino: "5"');
  const { parse } = await import("yaml");
  expect(parse(yaml)).toEqual(JSON.parse(toJson(data)));
  expect(yaml.split("\n")).toHaveLength(7);
});

test("YAML cannot move the cursor", async () => {
  const data = { name: "\u001b[2J\u009b2J", plain: "\u009b2J", "key\u009b": "del\u007f" };
  const yaml = await toYaml(data);
  expect(yaml).not.toMatch(/(?!\n)\p{Cc}/u);
  const { parse } = await import("yaml");
  expect(parse(yaml)).toEqual(data);
});
