import { bulk, bulkFormats } from "../bulk.ts";
import { imageCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { printable } from "../views/printable.ts";

/** `crikit untag`: one name less for an image. */
export const untag = command({
  about:
    "The image stays, also without any name. Only containerd can do it: CRI can but remove an image with all its names.",
  examples: ["crikit untag registry.test/team/box:1.0"],
  formats: bulkFormats,
  words: (words) => words.argument("<name...>", "the names to take away"),
  complete: { name: imageCandidates },
  run: async ({ args: [names] }, context) => {
    const { untagImage } = await import("../../images/tag-image.ts");
    const { parseReference } = await import("../../oci/reference.ts");
    names.forEach(parseReference); // before anything is taken away
    const line = await context.connect();
    return bulk({
      targets: [...new Set(names)],
      context,
      doing: "untagging",
      work: async (word) => {
        const { name, id, namesLeft } = await untagImage(line, word, line.call);
        if (namesLeft === 0) context.note(`the image ${id} has no name left: 'crikit rmi' with its id deletes it`);
        return { name, id };
      },
      view: ({ name }) => `Untagged: ${printable(name)}`,
    });
  },
});
