import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { CommandEntry, CommandGroup } from "../../../src/cli/command.ts";
import { sections } from "../../../src/cli/commands/index.ts";
import { parse, wordsOf } from "../../../src/cli/parse.ts";
import { route } from "../../../src/cli/route.ts";

type Named = readonly [name: string, entry: CommandEntry | CommandGroup];

const top: readonly Named[] = Object.values(sections).flatMap((list) => Object.entries(list));
const commands = top.flatMap(([name, entry]) =>
  "commands" in entry
    ? Object.entries(entry.commands).map(([inner, each]) => ({ path: [name, inner], entry: each }))
    : [{ path: [name], entry }],
);
const help = { width: 100, invokedAs: "crikit" } as const;

test("the list and the folder hold the same commands", () => {
  const files = readdirSync("src/cli/commands", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && file !== "index.ts")
    .map((file) => file.replace(/\.ts$/u, ""));
  expect(files.sort()).toEqual(commands.map(({ path }) => path.join("/")).sort());
});

test("no two commands share a name or an alias", () => {
  const names = (list: readonly Named[]): string[] => list.flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
  const lists = [
    names(top),
    ...top.map(([, entry]) => ("commands" in entry ? names(Object.entries(entry.commands)) : [])),
  ];
  for (const list of lists) expect(list).toEqual([...new Set(list)]);
});

describe.each(commands)("$path", ({ path, entry }) => {
  const title = `crikit ${path.join(" ")}`;

  test("is found by its name, loads its file, and its help renders", async () => {
    const found = route([...path, "--help"], sections, help);
    expect(found).toMatchObject({ to: "command", title, entry, rest: ["--help"] });
    const { words } = wordsOf(await entry.load(), title, entry.summary);
    expect(parse(words, ["--help"])).toBe("help");
  });

  test("has examples that parse", async () => {
    const spec = await entry.load();
    for (const example of spec.examples) {
      const words = /\bcrikit ([^)|>&<]*)/u.exec(example)?.[1]?.trim().split(/\s+/u) ?? [];
      const found = route(
        words.map((word) => word.replaceAll("'", "")),
        sections,
        help,
      );
      expect(found).toMatchObject({ to: "command", title });
      if (found.to === "command") expect(parse(wordsOf(spec, title, "").words, found.rest)).not.toBe("help");
    }
  });
});
