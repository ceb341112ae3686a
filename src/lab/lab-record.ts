import { readFile, rename, writeFile } from "node:fs/promises";
import { LabError } from "../errors.ts";
import { processStat, readOf } from "../linux/process.ts";
import type { LabNetwork } from "./cni-config.ts";
import type { HostBefore } from "./host-before.ts";
import { labPaths } from "./lab-paths.ts";

/** One process for ever: a pid is used again, a pid with its start time is not, on one boot. */
export interface ProcessMark {
  readonly pid: number;
  /** Clock ticks between boot and its start, in decimal. */
  readonly startTimeTicks: string;
}

/** Something that a lab does otherwise than containerd would by itself, because of this machine. */
export interface Adaptation {
  readonly what: string;
  readonly why: string;
}

/**
 * What a lab is, written to its folder before anything of it is started: with this alone it can be taken down, whatever
 * happened in between.
 */
export interface LabRecord {
  readonly formatVersion: 1;
  /** New for each time a lab is brought up: the next one of the same name is another lab. */
  readonly id: string;
  readonly name: string;
  readonly dir: string;
  /** The first folder that was made for it, absent when all were there. */
  readonly madeFrom?: string | undefined;
  readonly endpoint: `unix://${string}`;
  readonly phase: "starting" | "up" | "going-down";
  /** `/proc/sys/kernel/random/boot_id`: the processes and the machine's state below are of that boot. */
  readonly bootId: string;
  /** Who brought it up. */
  readonly owner: ProcessMark;
  /** It is abandoned when its owner is gone, and swept. */
  readonly ephemeral: boolean;
  readonly containerd: { readonly path: string; readonly version: string; readonly process?: ProcessMark };
  readonly runc: { readonly path: string; readonly version: string };
  readonly network: LabNetwork;
  /** 0: containerd's streaming server takes any free port of 127.0.0.1. */
  readonly streamingPort: 0;
  /** The runtime handlers it has, the default one first. */
  readonly handlers: readonly string[];
  readonly adaptations: readonly Adaptation[];
  readonly before: HostBefore;
  /** Of the pods that were there when it began to go down: with the pods goes what they say of them. */
  readonly cgroupParents?: readonly string[] | undefined;
  /** Of the sandboxes and containers that were there then: a CNI plugin that is killed leaves chains that only they name. */
  readonly ids?: readonly string[] | undefined;
}

/**
 * Writes a record so that a reader finds the old one or the new one, never half of one.
 *
 * @throws {NodeJS.ErrnoException} when the folder is gone or full
 */
export async function writeLabRecord(record: LabRecord): Promise<void> {
  const path = labPaths(record.dir).record;
  await writeFile(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}

/**
 * The record of the lab in a folder.
 *
 * @returns undefined when there is none
 * @throws {LabError} when it is none of ours
 */
export async function readLabRecord(dir: string): Promise<LabRecord | undefined> {
  const path = labPaths(dir).record;
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new LabError(`cannot read ${path} (${code})`, { cause: error, hint: "labs are root's: use sudo" });
  });
  if (text === undefined) return undefined;
  const record = parse(text);
  if (record?.formatVersion !== 1 || record.dir !== dir) {
    throw new LabError(`${path} is not a lab's record that this crikit understands`, {
      hint: "was the folder moved, or made by a newer crikit?",
    });
  }
  return record;
}

function parse(text: string): LabRecord | undefined {
  try {
    return JSON.parse(text) as LabRecord;
  } catch {
    return undefined;
  }
}

/** The mark of a process that is alive now; undefined when it is not. */
export async function markProcess(pid: number): Promise<ProcessMark | undefined> {
  const stat = await processStat(pid);
  return stat === undefined || stat.state === "Z" ? undefined : { pid, startTimeTicks: String(stat.startTimeTicks) };
}

/** Whether exactly that process is alive. */
export async function isAlive(mark: ProcessMark): Promise<boolean> {
  return (await markProcess(mark.pid))?.startTimeTicks === mark.startTimeTicks;
}

/** This boot of the machine. */
export async function bootId(): Promise<string> {
  return ((await readOf("/proc/sys/kernel/random/boot_id")) ?? "").trim();
}
