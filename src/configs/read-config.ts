import type { ContainerConfig, DeepPartial, PodSandboxConfig } from "../cri/messages.ts";
import { UsageError } from "../errors.ts";
import type { Input } from "./read-text.ts";

/** How a config is read. */
export interface ReadOptions {
  /** Takes what crictl takes, silently: unknown fields are dropped. */
  readonly lenient?: boolean | undefined;
  /** What `-` is read from; without it, `-` is the name of a file. */
  readonly stdin?: Input | undefined;
  /** Told what is allowed but rarely meant, a sentence at a time. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/**
 * Reads a pod's config from JSON or YAML: crictl's spelling, protobuf's JSON, or both.
 *
 * @throws {UsageError} naming file, line and column, the field, and what was probably meant
 */
export async function readPodSandboxConfig(
  path: string,
  options: ReadOptions = {},
): Promise<DeepPartial<PodSandboxConfig>> {
  throw new UsageError(`cannot read ${path} yet ${options.lenient}`);
}

/** The same for a container's config. @throws {UsageError} */
export async function readContainerConfig(
  path: string,
  options: ReadOptions = {},
): Promise<DeepPartial<ContainerConfig>> {
  throw new UsageError(`cannot read ${path} yet ${options.lenient}`);
}
