import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { ContainerConfig, DeepPartial, PodSandboxConfig } from "../cri/messages.ts";
import type { Context } from "./context.ts";

/** What the words about reading a config say. */
export type LenientWords = { readonly lenient?: boolean | undefined };

/** Adds the flag that reads a config as crictl does. */
export function lenientWords<Args extends unknown[], Options extends OptionValues>(
  words: Command<Args, Options>,
): Command<Args, Options & LenientWords> {
  return words.option(
    "--lenient",
    "drop what a config file says and CRI does not know, as crictl does",
  ) as unknown as Command<Args, Options & LenientWords>;
}

/** Reads the config files of a command. Under crictl's name as crictl reads them. */
export function configReader(
  { lenient = false }: LenientWords,
  { invokedAs, stdin, note }: Pick<Context, "invokedAs" | "stdin" | "note">,
): ConfigReader {
  const options = {
    stdin,
    lenient: lenient || invokedAs === "crictl",
    ...(invokedAs === "crictl" ? {} : { onWarning: note }),
  };
  const read = import("../configs/read-config.ts");
  return {
    pod: async (path) => (await read).readPodSandboxConfig(path, options),
    container: async (path) => (await read).readContainerConfig(path, options),
  };
}

/** Each reads one file, `-` for standard input. @throws {UsageError} naming file, line and column */
interface ConfigReader {
  readonly pod: (path: string) => Promise<DeepPartial<PodSandboxConfig>>;
  readonly container: (path: string) => Promise<DeepPartial<ContainerConfig>>;
}
