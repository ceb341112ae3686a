import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { enumValues, fieldsOf, spellings } from "../../../src/configs/fields.ts";
import { configEnums, configMessages } from "../../../src/cri/config-fields.ts";
import * as messages from "../../../src/cri/messages.ts";

const stubs = messages as unknown as Record<string, { fromPartial?: (message: object) => object }>;

test("the table is what the generator makes of the proto now", () => {
  const made = execFileSync(process.execPath, ["hack/generate-config-fields.js", "--print"], { encoding: "utf8" });
  expect(readFileSync("src/gen/runtime/v1/config-fields.ts", "utf8")).toBe(made);
});

test("every field is in the stubs by the name that the table gives it, and no field of theirs is missing", () => {
  expect(Object.keys(configMessages).length).toBeGreaterThan(30);
  for (const name of Object.keys(configMessages)) {
    const fields = Object.keys(stubs[name]?.fromPartial?.({}) ?? {}).filter((field) => field !== "_unknownFields");
    expect(
      fieldsOf(name)
        .map(({ json }) => json)
        .toSorted(),
      name,
    ).toEqual(fields.toSorted());
  }
});

test("every enum is in the stubs, number by number", () => {
  for (const [name, { values }] of Object.entries(configEnums)) expect(stubs[name]).toMatchObject(values);
});

test("no two spellings of a message mean different fields, and no two names of an enum different numbers", () => {
  for (const name of Object.keys(configMessages)) {
    const names = fieldsOf(name).flatMap(spellings);
    expect(new Set(names).size, name).toBe(names.length);
  }
  for (const name of Object.keys(configEnums)) {
    for (const [word, number] of Object.entries(configEnums[name]?.values ?? {})) {
      expect(enumValues(name).get(word)).toBe(number);
    }
  }
});
