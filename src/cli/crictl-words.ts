import type { InvokedAs } from "./io.ts";

/** Commands of crictl with a command of their own that prints a schema, and whose it is. */
const schemaOf: Readonly<Record<string, "pod" | "either">> = {
  runp: "pod",
  pull: "pod",
  create: "either",
  run: "either",
};

/**
 * Words that only crictl has, as crikit has them: `runp jsonschema`, `create jsonschema -c` and the like, and the bare
 * `--parallel` of exec. Everything else as it is.
 */
export function crictlWords(argv: readonly string[], invokedAs: InvokedAs): readonly string[] {
  if (argv[0] !== "exec") return schemaWords(argv, invokedAs);
  const isCount = (word = ""): boolean => /^\d+$/u.test(word);
  return argv.map((word, at) => (word === "--parallel" && !isCount(argv[at + 1]) ? "-x" : word));
}

/** An image may be called `js`, so what takes an image is only read so under crictl's name. */
function schemaWords(argv: readonly string[], invokedAs: InvokedAs): readonly string[] {
  const [command = "", word = "", ...rest] = argv;
  const whose = Object.hasOwn(schemaOf, command) ? schemaOf[command] : undefined;
  if (whose === undefined || !["jsonschema", "js"].includes(word)) return argv;
  if (invokedAs !== "crictl" && (command === "run" || command === "pull")) return argv;
  if (whose === "pod") return ["jsonschema", "pod", ...rest];
  const isPod = rest.some((flag) => flag === "-p" || flag === "--pod");
  const others = rest.filter((flag) => !["-p", "--pod", "-c", "--container"].includes(flag));
  return ["jsonschema", isPod ? "pod" : "container", ...others];
}
