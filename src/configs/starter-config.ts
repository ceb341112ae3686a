import { UsageError } from "../errors.ts";
import { type ConfigFile, configDocument } from "./config-document.ts";
import type { ConfigKind } from "./fields.ts";
import { parseConfig } from "./parse-config.ts";
import { read } from "./words/flag.ts";
import { nameFromWord } from "./words/name.ts";

/** A config to start from. */
export interface StarterConfig {
  /** The file in YAML, with comments that say what else there is. It ends with a line break. */
  readonly text: string;
  /** The same without comments. */
  readonly document: ConfigFile;
}

/** What of a config to start from can be chosen. */
export interface StarterChoice {
  readonly name?: string | undefined;
  /** A container's image. */
  readonly image?: string | undefined;
}

/** Makes a small config that the loader takes as it stands. @throws {UsageError} when a choice makes no sense */
export async function starterConfig(kind: ConfigKind, { name, image }: StarterChoice = {}): Promise<StarterConfig> {
  if (kind === "pod" && image !== undefined) throw new UsageError("--image: a pod has no image, its containers have");
  if (image?.trim() === "") throw new UsageError("--image: the image has no name");
  const chosen = read("--name", nameFromWord, name);
  const text =
    kind === "pod"
      ? podText(chosen ?? "my-pod")
      : containerText(chosen ?? "my-container", image ?? "docker.io/library/busybox:latest");
  return { text, document: configDocument(kind, await parseConfig({ name: "the config", text }, kind)) };
}

function podText(name: string): string {
  return `\
# A pod, for 'crikit runp', 'crikit run' and 'crikit create'. What else there is: crikit jsonschema pod
metadata:
  name: ${name}
  namespace: default
  # Tells pods of the same name apart. A new one is made for each pod when it is left out.
  # uid: 4b3d1c9e-0c1e-4a57-9a5c-5d4c7f3f2f10

# The host name inside. Leave it out on the host's network.
hostname: ${name}

# The host's folder for the logs of its containers; it has to exist. Without it nothing is logged.
# log_directory: /var/log/pods/${name}

# labels:
#   app: web

# dns_config:
#   servers: [10.0.0.10]
#   searches: [example.org]

# port_mappings:
# - protocol: TCP
#   container_port: 80
#   host_port: 8080

linux:
  # The cgroup it goes into. Where it is left out, crikit chooses one that fits the runtime.
  # cgroup_parent: /my-pods

  security_context:
    namespace_options:
      # POD: a network of its own. NODE: the host's.
      network: POD
      # CONTAINER: each container sees its own processes alone, as Kubernetes has it. POD: all see each other's.
      # This is CRI's own default, and rarely meant. NODE: the host's as well.
      pid: CONTAINER
      ipc: POD

    # Containers of this pod may be privileged only if it is.
    # privileged: true
`;
}

function containerText(name: string, image: string): string {
  return `\
# A container, for 'crikit create' and 'crikit run'. What else there is: crikit jsonschema container
metadata:
  name: ${name}

image:
  image: ${scalar(image)}

# What runs: command takes the place of the image's entrypoint, args that of its arguments. The first process of a
# container takes no notice of SIGTERM unless it asks for it, here with trap.
command: [sh, -c, "trap exit TERM; echo hello; sleep 3600 & wait"]
# args: []
# working_dir: /

# envs:
# - key: GREETING
#   value: hello

# mounts:
# - host_path: /srv/data
#   container_path: /data
#   readonly: true

# The file below the pod's log_directory. Both are needed for logs.
# log_path: ${name}.log

# stdin: true
# tty: true

# Which signal stops it first. Older runtimes go by the image's alone.
# stop_signal: SIGTERM

linux:
  # resources:
  #   memory_limit_in_bytes: 67108864
  #   cpu_period: 100000
  #   cpu_quota: 50000

  security_context:
    # The same as the pod's.
    namespace_options:
      network: POD
      pid: CONTAINER
      ipc: POD

    # run_as_user: 1000
    # run_as_group: 1000
    # readonly_rootfs: true
    # capabilities:
    #   add_capabilities: [NET_ADMIN]
    #   drop_capabilities: [ALL]
    # privileged: true
`;
}

/** Without quotes where YAML takes it for a text all the same. */
function scalar(text: string): string {
  return /^[A-Za-z][\w./@-]*(?::[\w./@-]+)*$/u.test(text) && /[./:@-]/u.test(text) ? text : JSON.stringify(text);
}
