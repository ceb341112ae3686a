import { randomBytes } from "node:crypto";
import { access } from "node:fs/promises";
import type { RunConfigs } from "../configs/from-words.ts";
import { UsageError } from "../errors.ts";
import type { Context } from "./context.ts";
import { configReader, type LenientWords } from "./read-configs.ts";
import type { RunOptions } from "./run-words.ts";

/**
 * What `crikit run` is to run: two config files, crictl's way, or an image with flags. The words are files when the first
 * one is `-` or ends as a config's name does, or when there are two and both are there as files.
 *
 * @throws {UsageError} when the words make no sense, naming the file and the place in it where it is one
 */
export async function runPlan(
  words: readonly string[],
  options: RunOptions & LenientWords,
  context: Context,
): Promise<RunConfigs> {
  const [first = "", second, ...more] = words;
  if (!(await areFiles(words, context))) return fromImage(first, words.slice(1), { options, context });
  if (second === undefined || more.length > 0) {
    throw new UsageError("a container's config and a pod's config are needed, in this order", {
      hint: "without files: crikit run IMAGE -- COMMAND",
    });
  }
  if (first === "-" && second === "-") throw new UsageError("only one of the configs can be on standard input");
  refuseMakers(options);
  const read = configReader(options, context);
  const container = await read.container(first);
  return { container, pod: await read.pod(second), runtimeHandler: options.runtime ?? "" };
}

async function areFiles(words: readonly string[], { invokedAs }: Pick<Context, "invokedAs">): Promise<boolean> {
  const [first = "", second] = words;
  if (first === "-" || /\.(?:json|ya?ml)$/iu.test(first)) return true;
  if (second === undefined || words.length > 2) return false;
  if (invokedAs === "crictl") return true; // it knows no other way
  const there = await Promise.all([first, second].map(isThere));
  return !there.includes(false);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

interface Maker {
  readonly options: RunOptions;
  readonly context: Pick<Context, "env">;
}

async function fromImage(image: string, command: readonly string[], { options, context }: Maker): Promise<RunConfigs> {
  const [{ runConfigs }, { nameFromImage }] = await Promise.all([
    import("./run-words.ts"),
    import("../configs/words/name.ts"),
  ]);
  // Two runs of one image are two pods; who gives a name wants to find it again.
  const isNamed = options.pod !== undefined || options.name !== undefined;
  const pod = isNamed ? {} : { pod: `${nameFromImage(image).slice(0, 56)}-${randomBytes(3).toString("hex")}` };
  return runConfigs({ image, command }, { ...options, ...pod }, context);
}

/** Flags that say what a file says as well, by their names as in `opts()`. */
const makers: ReadonlySet<string> = new Set(
  (
    "name pod namespace entrypoint env envFile mount port hostNetwork hostPid hostIpc privileged user capAdd capDrop " +
    "readOnly memory cpus dns dnsSearch dnsOption hostname workdir stdin tty label annotation logDirectory logPath"
  ).split(" "),
);

function refuseMakers(options: RunOptions): void {
  const maker = Object.entries(options).find(([name, value]) => value !== undefined && makers.has(name))?.[0];
  if (maker === undefined) return;
  const flag = `--${maker.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(`${flag} goes with an image, not with config files: write it into the files`);
}
