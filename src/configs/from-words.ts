import type { ContainerConfig, DeepPartial, PodSandboxConfig } from "../cri/messages.ts";
import { UsageError } from "../errors.ts";
import { containerFromWords } from "./container-from-words.ts";
import { podFromWords } from "./pod-from-words.ts";
import type { Env, EnvFile } from "./words/env.ts";
import { read } from "./words/flag.ts";
import { nameFromImage, nameFromWord } from "./words/name.ts";

/** What a pod with one container is to be, in the words of a command line. Everything but the image has a default. */
export interface RunWords {
  readonly image: string;
  /** What follows the image: arguments for its entrypoint, or the whole command where it has none. */
  readonly command?: readonly string[] | undefined;
  /** The program to run in place of the image's entrypoint. */
  readonly entrypoint?: string | undefined;
  /** Of the container, and of the pod when that has none of its own; made from the image when absent. */
  readonly name?: string | undefined;
  readonly pod?: string | undefined;
  /** The Kubernetes namespace; `crikit` when absent, as for every pod that crikit makes itself. */
  readonly namespace?: string | undefined;
  readonly label?: readonly string[] | undefined;
  readonly annotation?: readonly string[] | undefined;
  /** `K=V`, or `K` for the value that it has in `hostEnv`. */
  readonly env?: readonly string[] | undefined;
  readonly envFiles?: readonly EnvFile[] | undefined;
  readonly hostEnv?: Env | undefined;
  /** `SRC:DST[:ro][,PROPAGATION]`, or `type=bind,source=SRC,target=DST`. */
  readonly mount?: readonly string[] | undefined;
  /** `[HOSTIP:][HOST:]CONTAINER[/PROTOCOL]`. */
  readonly port?: readonly string[] | undefined;
  readonly hostNetwork?: boolean | undefined;
  readonly hostPid?: boolean | undefined;
  readonly hostIpc?: boolean | undefined;
  readonly privileged?: boolean | undefined;
  /** `UID[:GID]`, or a name that the image has. */
  readonly user?: string | undefined;
  readonly capAdd?: readonly string[] | undefined;
  readonly capDrop?: readonly string[] | undefined;
  readonly readOnly?: boolean | undefined;
  /** `64MiB`. */
  readonly memory?: string | undefined;
  /** `0.5`. */
  readonly cpus?: string | undefined;
  readonly dns?: readonly string[] | undefined;
  readonly dnsSearch?: readonly string[] | undefined;
  readonly dnsOption?: readonly string[] | undefined;
  readonly hostname?: string | undefined;
  readonly workdir?: string | undefined;
  readonly stdin?: boolean | undefined;
  readonly tty?: boolean | undefined;
  /** The host's folder for the container's log; nothing is logged without it. */
  readonly logDirectory?: string | undefined;
  /** The log's file, relative to that folder; `NAME.log` when absent. */
  readonly logPath?: string | undefined;
  /** Which of the runtime's handlers runs the pod; the runtime's default when absent. */
  readonly runtime?: string | undefined;
}

/** What RunPodSandbox and CreateContainer want. The pod has no uid and no cgroup parent yet. */
export interface RunConfigs {
  readonly pod: DeepPartial<PodSandboxConfig>;
  readonly container: DeepPartial<ContainerConfig>;
  /** Empty for the runtime's default. */
  readonly runtimeHandler: string;
}

/**
 * Makes the configs of a pod with one container. Pure. What nothing is said of is as kubelet has it: network and IPC are the
 * pod's, the container has its own pid namespace, and the sensitive parts of /proc and /sys are masked.
 *
 * @throws {UsageError} naming the flag of a word that makes no sense, and saying what to write
 */
export function configsFromWords(words: RunWords): RunConfigs {
  if (words.image.trim() === "") throw new UsageError("the image has no name");
  if (words.hostNetwork === true) refuseOnHostNetwork(words);
  const name = read("--name", nameFromWord, words.name) ?? nameFromImage(words.image);
  return {
    pod: podFromWords(words, read("--pod", nameFromWord, words.pod) ?? name),
    container: containerFromWords(words, name),
    runtimeHandler: words.runtime ?? "",
  };
}

/** Runtimes ignore these silently there. */
function refuseOnHostNetwork({ port = [], hostname }: RunWords): void {
  if (port.length > 0) {
    throw new UsageError("--port and --host-network exclude each other: every port is the host's own there");
  }
  if (hostname !== undefined) {
    throw new UsageError("--hostname and --host-network exclude each other: the host's name is used there");
  }
}
