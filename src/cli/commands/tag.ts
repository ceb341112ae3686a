import { bulk, bulkFormats } from "../bulk.ts";
import { imageCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { printable } from "../views/printable.ts";

/** `crikit tag`: more names for an image. */
export const tag = command({
  about: "A name that is another image's becomes this one's. Only containerd can do it: CRI has no RPC for it.",
  examples: ["crikit tag busybox registry.test/team/box:1.0", "crikit tag 3f5a app:1 app:latest"],
  formats: bulkFormats,
  words: (words) =>
    words.argument("<image>", "a name or an id of the image").argument("<name...>", "the names to give it"),
  complete: { image: imageCandidates },
  run: async ({ args: [word, names] }, context) => {
    const { tagImage } = await import("../../images/tag-image.ts");
    const { parseReference } = await import("../../oci/reference.ts");
    names.forEach(parseReference); // before anything is named
    const line = await context.connect();
    return bulk({
      targets: names,
      context,
      doing: "naming",
      work: (name) => tagImage(line, { word, tag: name }, line.call),
      view: ({ name }) => printable(name),
    });
  },
});
