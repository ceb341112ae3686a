import { command } from "../../command.ts";
import { labDownView } from "../../views/lab.ts";

/** `crikit lab down`: no trace of a lab is left. */
export const down = command({
  about: "Its pods, its containerd, and every trace of them on this machine. Harmless when there is none.",
  examples: ["crikit lab down", "crikit lab down --name two"],
  formats: ["text", "json", "yaml"],
  words: (words) =>
    words.option("--name <name>", "which one (default: default)").option("--dir <dir>", "the one that lives there"),
  run: async ({ options }, { say }) => {
    const [{ Lab }, { placeOf }] = await Promise.all([
      import("../../../lab/lab.ts"),
      import("../../../lab/lab-place.ts"),
    ]);
    const { name, record } = await placeOf(options);
    if (record !== undefined) {
      say(`taking the lab '${name}' down`);
      await (await Lab.open(options)).down();
    }
    return { data: { name, wasThere: record !== undefined }, view: labDownView };
  },
});
