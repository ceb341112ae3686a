import { MalformedAnswerError } from "../../errors.ts";
import * as containerd from "./containerd.ts";
import * as crio from "./crio.ts";
import type { RuntimeSpec } from "./runtime-spec.ts";

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
 * Reads the verbose info of PodSandboxStatus.
 *
 * @param runtimeName as Version says it, such as `containerd` or `cri-o`
 * @throws {MalformedAnswerError} when what should be JSON is not
 * @see CRI PodSandboxStatusResponse.info
 */
export async function parsePodSandboxInfo(runtimeName: string, info: VerboseInfo): Promise<PodSandboxInfo> {
  return readerOf(runtimeName).podSandboxInfo(await mainInfo(info, "the verbose info of PodSandboxStatus"));
}

/** Reads the verbose info of ContainerStatus. @throws {MalformedAnswerError} @see CRI ContainerStatusResponse.info */
export async function parseContainerInfo(runtimeName: string, info: VerboseInfo): Promise<ContainerInfo> {
  return readerOf(runtimeName).containerInfo(await mainInfo(info, "the verbose info of ContainerStatus"));
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

function readerOf(runtimeName: string): typeof containerd {
  return runtimeName === "cri-o" ? crio : containerd;
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
