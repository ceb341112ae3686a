import { describe, expect, test } from "vitest";
import { command } from "../../../src/cli/command.ts";
import { complete } from "../../../src/cli/complete.ts";
import type { GlobalFlags } from "../../../src/cli/global-flags.ts";
import type { CommandSections } from "../../../src/cli/route.ts";
import { oneOf } from "../../../src/cli/words.ts";
import { fakeIo } from "./fake-io.ts";

const asked: GlobalFlags[] = [];
const inspect = command({
  examples: ["crikit inspect web"],
  words: (words) =>
    words
      .argument("<id...>", "containers")
      .option("-s, --state <state>", "in which state", oneOf("running", "exited"))
      .option("-f, --file <file>", "where to write")
      .option("--text <text>", "anything")
      .option("--file-mode <bits>", "how to write")
      .option("-q, --quiet", "less"),
  complete: {
    id: async ({ flags }) => {
      asked.push(flags);
      return [{ value: "web", about: "running" }, { value: "db" }];
    },
    "--text": async () => [{ value: "hello" }],
  },
  run: async () => ({ data: null, view: () => "" }),
});
const load = command({
  examples: ["crikit load x"],
  words: (words) => words.argument("[file]", "archive"),
  run: async () => ({ data: null, view: () => "" }),
});
const sections: CommandSections = {
  Some: { inspect: { summary: "look", aliases: ["i"], load: async () => inspect } },
  Labs: { lab: { summary: "labs", commands: { load: { summary: "load", load: async () => load } } } },
};

async function offered(...argv: string[]): Promise<"files" | readonly string[]> {
  const offer = await complete(argv, sections, fakeIo());
  return offer === "files" ? offer : offer.map(({ value }) => value);
}

describe("is offered", () => {
  test.each([
    ["commands", [""], ["inspect", "lab"]],
    ["commands that fit", ["l"], ["lab"]],
    ["commands of a command", ["lab", ""], ["load"]],
    ["commands after help", ["help", "lab", ""], ["load"]],
    ["commands after global flags and their values", ["-D", "-r", "lab", "--timeout=5", ""], ["inspect", "lab"]],
    ["flags", ["inspect", "--s"], ["--state"]],
    ["choices of a flag", ["inspect", "-s", ""], ["running", "exited"]],
    ["choices of a flag among letters", ["inspect", "-qs", "r"], ["running"]],
    ["choices after =", ["inspect", "--state=e"], ["--state=exited"]],
    ["formats", ["inspect", "-o", "j"], ["json"]],
    ["what a command asks for, for its argument", ["inspect", "w"], ["web"]],
    ["the same for the next one", ["inspect", "web", ""], ["web", "db"]],
    ["the same after a flag with its value", ["inspect", "-s", "running", "d"], ["db"]],
    ["the same after a flag with its value inside", ["inspect", "-srunning", "d"], ["db"]],
    ["the same after --", ["inspect", "--", "-q", "d"], ["db"]],
    ["the same by an alias", ["i", "d"], ["db"]],
    ["what a command asks for, for its flag", ["inspect", "--text", ""], ["hello"]],
    ["no flag after --", ["inspect", "--", "--s"], []],
    ["nothing after an unknown command", ["nope", ""], []],
    ["nothing beyond an argument that is -", ["lab", "load", "-", ""], []],
    ["nothing for a value whose flag only sounds like a file's", ["inspect", "--file-mode", ""], []],
    ["nothing for an endpoint", ["-r", ""], []],
  ])("%s", async (_, argv, values) => expect(await offered(...argv)).toEqual(values));

  test.each([[["inspect", "-f", "/et"]], [["inspect", "--file=/et"]], [["-c", ""]], [["lab", "load", ""]]])(
    "files: %j",
    async (argv) => expect(await offered(...argv)).toBe("files"),
  );

  test("nothing beyond the last argument", async () => expect(await offered("lab", "load", "x", "")).toEqual([]));
});

test("the runtime is asked where the typed flags say, and not for long", async () => {
  asked.length = 0;
  await offered("-Dr/a.sock", "inspect", "--image-endpoint", "/b.sock", "--text", "x", "");
  expect(asked).toEqual([{ runtimeEndpoint: "/a.sock", imageEndpoint: "/b.sock", timeout: 1_000 }]);
});
