import { MalformedAnswerError } from "../../errors.ts";
import { pinnedPath, type RuntimeSpec } from "./runtime-spec.ts";

/** What a runtime tells of a pod sandbox only when it is asked verbosely. Not part of CRI's messages: each runtime has its own form. */
export interface PodSandboxInfo {
  /** The sandbox's own process, as the runtime's host sees it. Absent for a stopped or a pauseless sandbox. */
  readonly pid: number | undefined;
  /** Where the runtime pinned the network namespace. Absent for a pod on the host's network. */
  readonly netnsPath: string | undefined;
  readonly runtimeSpec: RuntimeSpec | undefined;
  /** Everything the runtime said, numbers beyond 2^53 as bigint. */
  readonly info: Readonly<Record<string, unknown>>;
}

/** The same of a container. */
export interface ContainerInfo {
  /** Its first process, as the runtime's host sees it. Absent when it does not run. */
  readonly pid: number | undefined;
  readonly podSandboxId: string | undefined;
  readonly runtimeSpec: RuntimeSpec | undefined;
  readonly info: Readonly<Record<string, unknown>>;
}

/** The verbose `info` map of an answer: keys to texts, most of them JSON. */
export type VerboseInfo = Readonly<Record<string, string>>;

/**
 * Reads the verbose info of PodSandboxStatus. containerd and CRI-O say it alike where they say it at all: containerd's
 * `pid` is 0 for a stopped or pauseless sandbox, CRI-O has none unless it keeps its infra container.
 *
 * @throws {MalformedAnswerError} when what should be JSON is not
 * @see CRI PodSandboxStatusResponse.info
 */
export async function parsePodSandboxInfo(verbose: VerboseInfo): Promise<PodSandboxInfo> {
  const info = await mainInfo(verbose, "the verbose info of PodSandboxStatus");
  const runtimeSpec = info["runtimeSpec"] as RuntimeSpec | undefined;
  return { pid: pidOf(info), netnsPath: pinnedPath(runtimeSpec, "network"), runtimeSpec, info };
}

/** Reads the verbose info of ContainerStatus. @throws {MalformedAnswerError} @see CRI ContainerStatusResponse.info */
export async function parseContainerInfo(verbose: VerboseInfo): Promise<ContainerInfo> {
  const info = await mainInfo(verbose, "the verbose info of ContainerStatus");
  const podSandboxId = info["sandboxID"];
  return {
    pid: pidOf(info),
    podSandboxId: typeof podSandboxId === "string" ? podSandboxId : undefined,
    runtimeSpec: info["runtimeSpec"] as RuntimeSpec | undefined,
    info,
  };
}

/**
 * Reads the verbose info of Status: every value that is JSON as what it says, every other one as its text.
 *
 * @see CRI StatusResponse.info
 */
export async function parseStatusInfo(info: VerboseInfo): Promise<Readonly<Record<string, unknown>>> {
  const { parseLossless } = await import("./lossless.ts");
  const entries = Object.entries(info).map(([key, text]) => {
    try {
      return [key, parseLossless(text, key)];
    } catch (error) {
      if (error instanceof MalformedAnswerError) return [key, text];
      throw error;
    }
  });
  return Object.fromEntries(entries);
}

function pidOf({ pid }: Readonly<Record<string, unknown>>): number | undefined {
  return typeof pid === "number" && pid > 0 ? pid : undefined;
}

/** containerd and CRI-O put all they have under the one key `info`; a runtime that does not tells us nothing. */
async function mainInfo(info: VerboseInfo, what: string): Promise<Readonly<Record<string, unknown>>> {
  const text = info["info"];
  if (text === undefined) return {};
  const { parseLossless } = await import("./lossless.ts");
  const value = parseLossless(text, what);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new MalformedAnswerError(`${what} is not a JSON object`);
}
