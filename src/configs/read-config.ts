import type { ContainerConfig, DeepPartial, PodSandboxConfig } from "../cri/messages.ts";
import type { ConfigKind } from "./fields.ts";
import { parseConfig, type ParseOptions } from "./parse-config.ts";
import { type Input, nameOf, readText } from "./read-text.ts";

/** How a config is read. */
export interface ReadOptions extends ParseOptions {
  /** What `-` is read from; without it, `-` is the name of a file. */
  readonly stdin?: Input | undefined;
}

/**
 * Reads a pod's config from JSON or YAML, in crictl's spelling or protobuf's JSON or both, or out of what `inspectp` prints.
 * Name and namespace are there; a missing uid is the caller's to make.
 *
 * @throws {UsageError} naming file, line and column, the field, and what was probably meant
 */
export async function readPodSandboxConfig(
  path: string,
  options: ReadOptions = {},
): Promise<DeepPartial<PodSandboxConfig>> {
  return read(path, "pod", options);
}

/** The same for a container's config: it has a name and an image. @throws {UsageError} as for a pod's */
export async function readContainerConfig(
  path: string,
  options: ReadOptions = {},
): Promise<DeepPartial<ContainerConfig>> {
  return read(path, "container", options);
}

async function read(path: string, kind: ConfigKind, options: ReadOptions): Promise<object> {
  const text = await readText(path, options.stdin);
  return parseConfig({ name: nameOf(path, options.stdin), text }, kind, options);
}
