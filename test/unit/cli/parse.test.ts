import { describe, expect, test } from "vitest";
import { command } from "../../../src/cli/command.ts";
import { globalsAmong } from "../../../src/cli/global-flags.ts";
import { parse, wordsOf } from "../../../src/cli/parse.ts";
import { label, oneOf } from "../../../src/cli/words.ts";

/** As `stop` and `exec` of crictl have them: flags that are global ones elsewhere. */
const stop = command({
  examples: ["crikit stop web"],
  words: (words) =>
    words
      .argument("<id...>", "containers")
      .option("-t, --timeout <seconds>", "grace period", Number)
      .option("-r, --reason <text>", "why")
      .option("-q, --quiet", "ids only")
      .option("--label <key=value>", "only those", label)
      .option("--signal <name>", "which", oneOf("TERM", "KILL")),
  run: async () => ({ data: null, view: () => "" }),
});

const made = () => wordsOf(stop, "crikit stop", "stop containers");

function parsed(...argv: string[]) {
  const { words, globals } = made();
  const result = parse(words, argv);
  if (result === "help") throw new Error("help");
  return { args: result.args, options: result.options, globals: globalsAmong(result.options, globals) };
}

describe("a flag that a command uses for itself", () => {
  test("is the command's, under its long name and its letter", () => {
    expect(parsed("-t", "5", "web")).toMatchObject({ options: { timeout: 5 }, globals: {} });
    expect(parsed("--timeout", "5", "web")).toMatchObject({ options: { timeout: 5 }, globals: {} });
    expect(parsed("-r", "old", "web")).toMatchObject({ options: { reason: "old" }, globals: {} });
  });

  test("leaves the global one its long name, if that is free", () => {
    expect(parsed("--runtime-endpoint", "/x.sock", "web").globals).toEqual({ runtimeEndpoint: "/x.sock" });
    expect(made().words.helpInformation()).toMatch(/^ {2}--runtime-endpoint <endpoint> /mu);
  });

  test("leaves the others alone", () => {
    expect(parsed("-D", "-i", "/x.sock", "web").globals).toEqual({ debug: true, imageEndpoint: "/x.sock" });
  });
});

describe("words", () => {
  test("are read before, after and between the arguments", () => {
    const { args, options } = parsed("web", "-q", "db", "-oyaml");
    expect(args).toEqual([["web", "db"]]);
    expect(options).toMatchObject({ quiet: true, output: { format: "yaml" } });
  });

  test("of one letter may stand together", () => {
    expect(parsed("-qD", "-qt5", "web").options).toMatchObject({ quiet: true, debug: true, timeout: 5 });
  });

  test("after -- are no flags", () => expect(parsed("--", "-q").args).toEqual([["-q"]]));

  test("that repeat come together, if their parser says so", () => {
    expect(parsed("--label", "a=1", "--label", "b=2", "web").options["label"]).toEqual({ a: "1", b: "2" });
  });

  test("that cannot be read name their flag", () => {
    expect(() => parsed("--label", "a", "web")).toThrow("--label: 'a' is not a label: write key=value");
    expect(() => parsed("--signal", "HUP", "web")).toThrow("--signal: 'HUP' is none of TERM, KILL");
  });

  test("that are missing are asked for by name", () =>
    expect(() => parsed()).toThrow("missing required argument 'id'"));
});

test("the choices of a word are in its help", () => {
  expect(made().words.helpInformation()).toContain('which (choices: "TERM", "KILL")');
});

test("the first format is the default", () => expect(parsed("web").options["output"]).toEqual({ format: "table" }));

test("a command of one format has no --output", () => {
  const script = command({ examples: ["crikit x"], formats: ["text"], run: async () => ({ data: 1, view: String }) });
  const { words } = wordsOf(script, "crikit x", "print");
  expect(() => parse(words, ["-o", "json"])).toThrow("unknown option '-o'");
});
