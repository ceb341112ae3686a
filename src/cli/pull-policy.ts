import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { DeepPartial, PodSandboxConfig } from "../cri/messages.ts";
import { UsageError } from "../errors.ts";
import type { Context } from "./context.ts";
import { type PullWords, pullWords } from "./pull-words.ts";
import { oneOf } from "./words.ts";

/** When an image is pulled before a container is made from it. */
export type PullPolicy = "never" | "missing" | "always";

/** What the words about pulling before something is made say. */
export type PullFirstWords = PullWords & {
  /** `false` is `--no-pull`. */
  readonly pull?: PullPolicy | boolean | undefined;
  readonly withPull?: boolean | undefined;
};

/** Adds crictl's flags that say whether the image is pulled first, `--pull`, and those of a pull. */
export function pullFirstWords<Args extends unknown[], Options extends OptionValues>(
  words: Command<Args, Options>,
): Command<Args, Options & PullFirstWords> {
  return pullWords(
    words
      .option("--pull <when>", "pull the image first: never, missing, always", oneOf("never", "missing", "always"))
      .option("--no-pull", "the same as --pull never")
      .option("--with-pull", "the same as --pull always"),
  ) as unknown as Command<Args, Options & PullFirstWords>;
}

/** What the words say; `otherwise` where they say nothing. @throws {UsageError} when they contradict each other */
export function pullPolicy({ pull, withPull = false }: PullFirstWords, otherwise: PullPolicy): PullPolicy {
  const said = pull === false ? "never" : typeof pull === "string" ? pull : undefined;
  if (withPull && said !== undefined && said !== "always") {
    throw new UsageError("--with-pull says that the image is pulled, and another flag that it is not");
  }
  return withPull ? "always" : (said ?? otherwise);
}

/** Pulls the image if the policy wants it, for a pod with that config. @throws as a pull does; nothing has been made then */
export async function pullFirst(
  { image, podSandboxConfig, policy }: PullFirst,
  words: PullFirstWords,
  context: Context,
): Promise<void> {
  if (policy === "never" || image === "") return;
  const line = await context.connect();
  if (policy === "missing") {
    const { image: found } = await line.image.imageStatus({ image: { image } }, line.call);
    if (found !== undefined) return;
  }
  const [{ pullFor }, { pullOptions }] = await Promise.all([import("./pull-for.ts"), import("./pull-words.ts")]);
  await pullFor(context, await pullOptions(words, context))(image, { podSandboxConfig });
}

interface PullFirst {
  readonly image: string;
  readonly podSandboxConfig: DeepPartial<PodSandboxConfig>;
  readonly policy: PullPolicy;
}
