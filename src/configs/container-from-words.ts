import type { ContainerConfig, DeepPartial, LinuxContainerSecurityContext } from "../cri/messages.ts";
import type { RunWords } from "./from-words.ts";
import { namespacesFromWords } from "./pod-from-words.ts";
import { capabilityFromWord } from "./words/capability.ts";
import { envFromWords } from "./words/env.ts";
import { read, readAll } from "./words/flag.ts";
import { labelsFromWords } from "./words/labels.ts";
import { mountsFromWords } from "./words/mount.ts";
import { absolutePath, relativePath } from "./words/path.ts";
import { bytesFromWord, cpusFromWord } from "./words/resources.ts";
import { userFromWord } from "./words/user.ts";

/** The container's part of {@link RunWords}. @throws {UsageError} naming the flag */
export function containerFromWords(words: RunWords, name: string): DeepPartial<ContainerConfig> {
  const { image, command = [], entrypoint, stdin = false, tty = false } = words;
  const workingDir = read("--workdir", absolutePath, words.workdir);
  const logPath = read("--log-path", relativePath, words.logPath) ?? (words.logDirectory && `${name}.log`);
  const memoryLimitInBytes = read("--memory", bytesFromWord, words.memory);
  const resources = {
    ...read("--cpus", cpusFromWord, words.cpus),
    ...(memoryLimitInBytes === undefined ? {} : { memoryLimitInBytes }),
  };
  return {
    metadata: { name, attempt: 0 },
    // CRI-O refuses an image without the words the user wrote.
    image: { image, userSpecifiedImage: image },
    ...(entrypoint === undefined ? {} : { command: [entrypoint] }),
    ...(command.length === 0 ? {} : { args: [...command] }),
    ...(workingDir === undefined ? {} : { workingDir }),
    envs: envFromWords(words.env, words.envFiles, words.hostEnv),
    mounts: mountsFromWords("--mount", words.mount),
    labels: labelsFromWords("--label", words.label),
    annotations: labelsFromWords("--annotation", words.annotation),
    ...(logPath === undefined ? {} : { logPath }),
    // Whoever types into it ends its input by going away.
    ...(stdin ? { stdin, stdinOnce: true } : {}),
    ...(tty ? { tty } : {}),
    linux: { ...(Object.keys(resources).length === 0 ? {} : { resources }), securityContext: securityFromWords(words) },
  };
}

function securityFromWords(words: RunWords): DeepPartial<LinuxContainerSecurityContext> {
  const { privileged = false, readOnly = false } = words;
  const addCapabilities = readAll("--cap-add", capabilityFromWord, words.capAdd);
  const dropCapabilities = readAll("--cap-drop", capabilityFromWord, words.capDrop);
  const changesCapabilities = addCapabilities.length + dropCapabilities.length > 0;
  return {
    namespaceOptions: namespacesFromWords(words),
    ...(changesCapabilities ? { capabilities: { addCapabilities, dropCapabilities } } : {}),
    ...(readOnly ? { readonlyRootfs: readOnly } : {}),
    ...read("--user", userFromWord, words.user),
    ...(privileged ? { privileged } : { maskedPaths: [...maskedPaths], readonlyPaths: [...readonlyPaths] }),
  };
}

/** What kubelet hides from a container; runtimes hide nothing unless they are told. @see kubernetes pkg/securitycontext */
const maskedPaths = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];

/** What kubelet keeps a container from writing to. */
const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
