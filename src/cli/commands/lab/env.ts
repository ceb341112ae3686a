import { LabError } from "../../../errors.ts";
import { command } from "../../command.ts";
import { labEnvView } from "../../views/lab.ts";

/** `crikit lab env`: what points a shell, and crictl in it, at a lab. */
export const env = command({
  examples: ['eval "$(crikit lab env)"', "crikit lab env --name two"],
  formats: ["text"],
  words: (words) =>
    words.option("--name <name>", "which one (default: default)").option("--dir <dir>", "the one that lives there"),
  run: async ({ options }) => {
    const { Lab } = await import("../../../lab/lab.ts");
    const { name, record, endpoint } = await Lab.open(options);
    if (record.phase !== "up") {
      throw new LabError(`the lab '${name}' is not up`, { hint: "see 'crikit lab status'" });
    }
    return { data: { endpoint }, view: labEnvView };
  },
});
