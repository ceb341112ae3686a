import { UsageError } from "../../../errors.ts";
import { command } from "../../command.ts";
import { printable } from "../../views/printable.ts";

/** `crikit netns gc`: takes names away that nobody needs any more. */
export const gc = command({
  about:
    "The names that crikit gave and whose pod is gone, or whose owner was killed. Without --yes it only says which. Pins of runtimes are never touched: 'crikit netns ls' and 'crikit verify' tell those that no pod has any more.",
  examples: ["crikit netns gc", "crikit netns gc --yes"],
  formats: ["text", "json", "yaml"],
  words: (words) => words.option("--yes", "take them away").option("--dry-run", "only say which, as without --yes"),
  run: async ({ options: { yes = false, dryRun } }, context) => {
    if (yes && dryRun === true) throw new UsageError("--yes takes names away, --dry-run does not: leave one out");
    const { staleNetnsNames, sweepNetnsNames } = await import("../../../linux/netns-name.ts");
    const names = yes ? await sweepNetnsNames() : (await staleNetnsNames()).map(({ name }) => name);
    if (names.length === 0) context.note("every name is in use");
    else if (!yes) context.note("nothing was taken away: 'crikit netns gc --yes' does it");
    const data = { names, taken: yes };
    return {
      data,
      view: () => names.map((name) => `${yes ? "took away" : "would take away"} ${printable(name)}`).join("\n"),
    };
  },
});
