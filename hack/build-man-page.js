// Writes dist/crikit.1, the manual page, out of the commands as they were built.
import { readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { sections } from "../dist/cli/commands/index.js";
import { defaultFormats } from "../dist/cli/outcome.js";
import { newWords, withGlobals, wordsOf } from "../dist/cli/parse.js";
import { manPage } from "./man-page.js";

const { version, description } = JSON.parse(readFileSync("package.json", "utf8"));
const help = new Command().createHelp();
const isGlobal = ({ helpGroupHeading }) => helpGroupHeading === "Global options:";

/** commander's lists of choices are made for programmers. */
const about = (option) => {
  const text = help.optionDescription(option);
  return text.replaceAll(/"([^"]*)"/gu, "$1");
};
const optionsOf = (words, wanted) =>
  help
    .visibleOptions(words)
    .filter(wanted)
    .map((option) => [help.optionTerm(option), about(option)]);

async function commandsIn(list, title) {
  const all = await Promise.all(
    Object.entries(list).map(async ([name, entry]) => {
      const own = `${title}${name}`;
      if ("commands" in entry) return commandsIn(entry.commands, `${own} `);
      const spec = await entry.load();
      const { words } = wordsOf({ ...spec, formats: spec.formats ?? defaultFormats }, own, entry.summary);
      return [
        {
          title: own,
          aliases: entry.aliases ?? [],
          summary: entry.summary.charAt(0).toUpperCase() + entry.summary.slice(1),
          about: spec.about,
          usage: words.usage(),
          args: help.visibleArguments(words).map((each) => [help.argumentTerm(each), help.argumentDescription(each)]),
          options: optionsOf(words, (option) => !isGlobal(option)),
          examples: spec.examples,
        },
      ];
    }),
  );
  return all.flat();
}

const { words } = withGlobals(newWords("crikit", ""));
const commands = {};
for (const [heading, list] of Object.entries(sections)) commands[heading] = await commandsIn(list, "");
writeFileSync("dist/crikit.1", manPage({ version, about: description, globals: optionsOf(words, isGlobal), commands }));
