import type { InvokedAs } from "./io.ts";

/** Commands of crictl with a command of their own that prints a schema, and whose it is. */
const schemaOf: Readonly<Record<string, "pod" | "either">> = {
  runp: "pod",
  pull: "pod",
  create: "either",
  run: "either",
};

/**
 * crictl's `runp jsonschema`, `create jsonschema -c` and the like, as the command that crikit has for it. Everything else as
 * it is. An image may be called `js`, so what takes an image is only read so under crictl's name.
 */
export function schemaWords(argv: readonly string[], invokedAs: InvokedAs): readonly string[] {
  const [command = "", word = "", ...rest] = argv;
  const whose = Object.hasOwn(schemaOf, command) ? schemaOf[command] : undefined;
  if (whose === undefined || !["jsonschema", "js"].includes(word)) return argv;
  if (invokedAs !== "crictl" && (command === "run" || command === "pull")) return argv;
  if (whose === "pod") return ["jsonschema", "pod", ...rest];
  const isPod = rest.some((flag) => flag === "-p" || flag === "--pod");
  const others = rest.filter((flag) => !["-p", "--pod", "-c", "--container"].includes(flag));
  return ["jsonschema", isPod ? "pod" : "container", ...others];
}
