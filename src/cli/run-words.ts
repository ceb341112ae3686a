import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { RunConfigs } from "../configs/from-words.ts";
import type { Context } from "./context.ts";
import { collect } from "./words.ts";

/** Declares what a pod with one container can be told to be. `parse` is commander's, so nothing heavy is loaded for the help. */
const declare = (words: Command) =>
  words
    .option("--name <name>", "name of the container (default: from the image)")
    .option("--pod <name>", "name of the pod (default: --name, or made from the image)")
    .option("--namespace <name>", "Kubernetes namespace of the pod (default: crikit)")
    .option("--entrypoint <program>", "run this in place of the image's entrypoint")
    .option("-e, --env <name[=value]>", "an environment variable; without a value, this shell's", collect)
    .option("--env-file <file>", "environment variables from the NAME=VALUE lines of a file", collect)
    .option("-v, --mount <src:dst[:ro]>", "show a path of the host in it; also type=bind,source=…,target=…", collect)
    .option("-p, --port <[ip:][host:]port[/proto]>", "make a port of the pod reachable on the host", collect)
    .option("--host-network", "use the host's network in place of one of the pod's own")
    .option("--host-pid", "see the host's processes")
    .option("--host-ipc", "use the host's IPC")
    .option("--privileged", "all capabilities, all devices, nothing masked")
    .option("--user <user[:gid]>", "who to run as: a number, or a name that the image has")
    .option("--cap-add <name>", "add a capability, or ALL", collect)
    .option("--cap-drop <name>", "drop a capability, or ALL", collect)
    .option("--read-only", "a root filesystem that cannot be written to")
    .option("--memory <size>", "most memory it may use, such as 64MiB")
    .option("--cpus <number>", "most CPU time it may use, such as 0.5")
    .option("--dns <ip>", "name server of the pod", collect)
    .option("--dns-search <domain>", "search domain of the pod", collect)
    .option("--dns-option <option>", "option for the pod's resolv.conf", collect)
    .option("--hostname <name>", "host name of the pod (default: the pod's name)")
    .option("-w, --workdir <path>", "folder to start in")
    .option("-i, --stdin", "keep its input open")
    .option("-t, --tty", "give it a terminal")
    .option("--label <key=value>", "label of pod and container", collect)
    .option("--annotation <key=value>", "annotation of pod and container", collect)
    .option("--log-directory <path>", "folder on the host for its log (default: no log)")
    .option("--log-path <path>", "the log's file in that folder (default: NAME.log)")
    .option("-r, --runtime <handler>", "which of the runtime's handlers runs the pod");

/** The options that {@link runWords} declares, as a command gets them. */
export type RunOptions = ReturnType<typeof declare> extends Command<infer _Args, infer Options> ? Options : never;

/** Adds the options that make a pod with one container to a command. */
export function runWords<Args extends unknown[], Options extends OptionValues>(
  words: Command<Args, Options>,
): Command<Args, Options & RunOptions> {
  return declare(words as unknown as Command) as unknown as Command<Args, Options & RunOptions>;
}

/** What of the pod's and the container's configs is not in the options. */
interface RunTarget {
  readonly image: string;
  readonly command: readonly string[];
}

/** Makes the configs that the options of {@link runWords} say. @throws {UsageError} naming the flag that makes no sense */
export async function runConfigs(
  target: RunTarget,
  options: RunOptions,
  { env }: Pick<Context, "env">,
): Promise<RunConfigs> {
  const { configsFromWords } = await import("../configs/from-words.ts");
  const { readText } = await import("../configs/read-text.ts");
  const { envFile: paths = [], ...words } = options;
  const envFiles = await Promise.all(paths.map(async (path) => ({ path, text: await readText(path) })));
  return configsFromWords({ ...words, ...target, envFiles, hostEnv: env });
}
