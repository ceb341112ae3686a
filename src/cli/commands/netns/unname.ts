import { HostError, NotFoundError } from "../../../errors.ts";
import { bulk, bulkFormats } from "../../bulk.ts";
import { command } from "../../command.ts";
import { printable } from "../../views/printable.ts";

/** `crikit netns unname`: takes names away that crikit gave. */
export const unname = command({
  about: "Only names in crikit's journal: what 'ip netns' or a runtime has mounted is not touched. Needs root.",
  examples: ["crikit netns unname pod1", "crikit netns unname web db"],
  formats: bulkFormats,
  words: (words) => words.argument("<name...>", "as 'crikit netns names' shows them"),
  complete: {
    name: async () => {
      const { notedNames } = await import("../../../linux/netns-journal.ts");
      return (await notedNames()).map(({ name, pin }) => ({ value: name, about: pin }));
    },
  },
  run: async ({ args: [names] }, context) => {
    const { unnameNetns } = await import("../../../linux/netns-name.ts");
    const { netnsNames } = await import("../../../netns/names.ts");
    return bulk({
      targets: names,
      context,
      doing: "taking names away",
      concurrency: 1,
      work: async (name) => {
        if (await unnameNetns(name)) return { name };
        const other = (await netnsNames()).find((given) => given.name === name);
        if (other === undefined) {
          throw new NotFoundError(`no network namespace is called '${name}'`, {
            hint: "look with 'crikit netns names'",
          });
        }
        throw new HostError(`the name '${name}' is not crikit's, and stays`, {
          hint: "if it was made with 'ip netns add', 'ip netns delete' takes it away",
        });
      },
      view: ({ name }) => printable(name),
    });
  },
});
