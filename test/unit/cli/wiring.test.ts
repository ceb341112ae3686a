import { describe, expect, test } from "vitest";
import type { CommandEntry, CommandGroup } from "../../../src/cli/command.ts";
import { sections } from "../../../src/cli/commands/index.ts";
import { wordsOf } from "../../../src/cli/parse.ts";

type Named = readonly [name: string, entry: CommandEntry];

function leaves([name, entry]: readonly [string, CommandEntry | CommandGroup]): readonly Named[] {
  return "commands" in entry
    ? Object.entries(entry.commands).map(([inner, each]) => [`${name} ${inner}`, each])
    : [[name, entry]];
}

const commands = Object.values(sections).flatMap((list) => Object.entries(list).flatMap(leaves));

/** Arguments that name an object of the runtime, and flags that take one of its handlers. */
const named = /^(container|pod|image|id)$/u;

describe.each(commands)("%s", (_, entry) => {
  test("completes what names containers, pods, images or handlers from the runtime", async () => {
    const spec = await entry.load();
    const { words } = wordsOf(spec, "", "");
    const complete = Object.keys(spec.complete ?? {});
    const wanted = words.registeredArguments.map((argument) => argument.name()).filter((name) => named.test(name));
    const handlers = words.options.filter(({ flags }) => flags.includes("<handler>")).map(({ long }) => long ?? "");
    expect(complete).toEqual(expect.arrayContaining([...wanted, ...handlers]));
  });

  test("completes nothing that it does not take", async () => {
    const spec = await entry.load();
    const { words } = wordsOf(spec, "", "");
    const known = [...words.registeredArguments.map((each) => each.name()), ...words.options.map(({ long }) => long)];
    // Those that choose containers are wired together, and not every command has all three.
    const shared = ["--id", "--image", "--pod"];
    const unknown = Object.keys(spec.complete ?? {}).filter((key) => !known.includes(key) && !shared.includes(key));
    expect(unknown).toEqual([]);
  });
});
