import { posix } from "node:path";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, pack, type Header, type Pack } from "tar-stream";
import type { Line } from "../cri/connect.ts";
import { CrikitError, InvalidArchiveError, NotFoundError, RuntimeFailedError } from "../errors.ts";
import { exec } from "../streaming/exec.ts";
import { execSync } from "../streaming/exec-sync.ts";
import type { StreamingOptions } from "../streaming/open.ts";
import type { Copied, Entry, Skipped } from "./entry.ts";
import type { Side, Target } from "./side.ts";

/** A container that is copied from or to, and how its bytes travel. */
export interface TarContainer {
  readonly line: Line;
  readonly containerId: string;
  readonly streaming: StreamingOptions;
  /** Keeps owners of what is copied into it; else it becomes root's. */
  readonly archive: boolean;
}

/** Longest text of what tar complains of. */
const longestComplaintBytes = 4_096;

/** Whether the container has a tar to copy with. */
export async function hasTar(container: TarContainer): Promise<boolean> {
  return (await test(container, ["tar", "--version"])) !== undefined;
}

/** A container by its own tar. */
export function tarSide(container: TarContainer): Side {
  return {
    look: (path) => lookInside(container, path),
    read: (target, skip) => readTar(container, target, skip),
    write: (target, entries) => writeTar(entries, target, container),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function lookInside(container: TarContainer, path: string): Promise<"folder" | "other" | "nothing"> {
  if ((await test(container, ["test", "-d", path])) === 0) return "folder";
  return (await test(container, ["test", "-e", path])) === 0 ? "other" : "nothing";
}

/** The exit code of a program; `undefined` when the container does not have it. */
async function test(
  { line, containerId, streaming }: TarContainer,
  command: readonly string[],
): Promise<number | undefined> {
  const { signal } = streaming;
  try {
    return (await execSync(line, containerId, { command, signal })).exitCode;
  } catch (error) {
    // The runtimes have no code of their own for a program that is not there; a container that is gone says so elsewhere.
    if (error instanceof CrikitError && /exec|no such file/u.test(error.message)) return undefined;
    throw error;
  }
}

async function* readTar(
  container: TarContainer,
  { folder, name }: Target,
  skip: (skipped: Skipped) => void,
): AsyncGenerator<Entry, void> {
  const { line, containerId, streaming } = container;
  const { signal } = streaming;
  const giveUp = new AbortController();
  const until = signal === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, signal]);
  const complaint = new Complaint();
  const tar = new PassThrough();
  const command = ["tar", "-cf", "-", "-C", folder, name === undefined ? "." : `./${name}`];
  const run = async (): Promise<void> => {
    try {
      const output = { stdout: tar, stderr: complaint.stream };
      const { exitCode } = await exec(line, containerId, { ...streaming, ...output, signal: until, command });
      if (exitCode !== 0) throw complaint.error(exitCode, posix.join(folder, name ?? "."));
      tar.end();
    } catch (error) {
      tar.destroy(error as Error);
      throw error;
    }
  };
  const files = extract();
  const done = Promise.all([run(), pipeline(tar, files)]);
  done.catch(() => undefined); // the loop below ends with the same failure
  try {
    for await (const file of files) {
      const entry = entryOf(file.header, file as AsyncIterable<Uint8Array>, name);
      if (typeof entry !== "string") yield entry;
      else skip({ path: file.header.name, why: entry });
      file.resume();
    }
    await done;
  } finally {
    giveUp.abort();
    await done.catch(() => undefined);
  }
}

/** The entry that a header stands for; else why it is none. */
function entryOf(header: Header, bytes: AsyncIterable<Uint8Array>, top: string | undefined): Entry | string {
  const { type, mode, uid, gid, mtime, size, linkname } = header;
  const kept = { path: pathBelow(header.name, top), mode: mode & 0o7777, uid, gid, modifiedAt: mtime };
  switch (type) {
    case "file":
    case "contiguous-file":
      return { ...kept, type: "file", sizeBytes: size, bytes };
    case "directory":
      return { ...kept, type: "folder" };
    case "symlink":
      return { ...kept, type: "link", text: linkname };
    case "link":
      return { ...kept, type: "same-file", as: pathBelow(linkname, top) };
    case "fifo":
      return "a pipe";
    case "character-device":
    case "block-device":
      return "a device";
  }
}

/** A path of the archive, below what was asked for. @throws {InvalidArchiveError} for one that is not */
function pathBelow(path: string, top: string | undefined): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const isBelow = !path.startsWith("/") && !parts.includes("..") && (top === undefined || parts[0] === top);
  if (!isBelow) throw new InvalidArchiveError(`tar in the container sent '${path}', which was not asked for`);
  return (top === undefined ? parts : parts.slice(1)).join("/");
}

/** What is there already, tar deals with. */
async function writeTar(
  entries: AsyncIterable<Entry>,
  { folder, name }: Target,
  { line, containerId, streaming, archive }: TarContainer,
): Promise<Omit<Copied, "skipped">> {
  const packing = pack();
  const complaint = new Complaint();
  let files = 0;
  let bytes = 0;
  const fill = async (): Promise<void> => {
    for await (const entry of entries) {
      if (entry.path === "" && name === undefined) continue; // the folder is there, and stays as it is
      await put(packing, entry, { top: name, archive, stop: stop.signal });
      files += 1;
      if (entry.type === "file") bytes += entry.sizeBytes;
    }
    packing.finalize();
  };
  const stop = new AbortController();
  const filled = fill();
  filled.catch((error: unknown) => packing.destroy(error as Error));
  const command = ["tar", "-xf", "-", "-C", folder];
  try {
    const output = { stdin: packing as AsyncIterable<Uint8Array>, stderr: complaint.stream };
    const { exitCode } = await exec(line, containerId, { ...streaming, ...output, command });
    if (exitCode !== 0) throw complaint.error(exitCode, folder);
    await filled;
    return { files, bytes };
  } finally {
    stop.abort(); // tar may have ended without reading all
    await filled.catch(() => undefined);
  }
}

interface PutOptions {
  /** The name of what is copied. */
  readonly top: string | undefined;
  /** Keeps owners. */
  readonly archive: boolean;
  /** Aborts when nobody takes any more. */
  readonly stop: AbortSignal;
}

async function put(packing: Pack, entry: Entry, { top, archive, stop }: PutOptions): Promise<void> {
  const nameOf = (path: string): string =>
    [".", top, path].filter((part) => part !== undefined && part !== "").join("/");
  const owner = archive ? { uid: entry.uid, gid: entry.gid } : { uid: 0, gid: 0 };
  const header = { name: nameOf(entry.path), mode: entry.mode, mtime: entry.modifiedAt, ...owner };
  switch (entry.type) {
    case "folder":
      await whole(packing, { ...header, type: "directory" });
      return;
    case "link":
      await whole(packing, { ...header, type: "symlink", linkname: entry.text });
      return;
    case "same-file":
      await whole(packing, { ...header, type: "link", linkname: nameOf(entry.as) });
      return;
    case "file": {
      const { promise, settle } = settled();
      const file = packing.entry({ ...header, type: "file", size: entry.sizeBytes }, settle);
      for await (const chunk of entry.bytes) {
        stop.throwIfAborted();
        if (!file.write(chunk)) await drained(file, stop);
      }
      file.end(undefined);
      await promise;
    }
  }
}

function drained(file: ReturnType<Pack["entry"]>, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      stop.removeEventListener("abort", settle);
      resolve();
    };
    file.once("drain", settle);
    stop.addEventListener("abort", settle);
  });
}

function whole(packing: Pack, header: Parameters<Pack["entry"]>[0]): Promise<void> {
  const { promise, settle } = settled();
  packing.entry(header, settle);
  return promise;
}

function settled(): { readonly promise: Promise<void>; readonly settle: (error?: Error | null) => void } {
  let settle: (error?: Error | null) => void = () => undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = (error) => (error ? reject(error) : resolve());
  });
  return { promise, settle };
}

/** What tar writes on stderr: the only place where it says why. */
class Complaint {
  readonly stream = new PassThrough();
  #text = "";

  constructor() {
    this.stream.on("data", (chunk: Buffer) => {
      if (this.#text.length < longestComplaintBytes) this.#text += chunk.toString();
    });
  }

  error(exitCode: number, path: string): NotFoundError | RuntimeFailedError {
    const text = this.#text.trim().replaceAll("\n", "; ");
    const message = `tar in the container exited with ${exitCode} for ${path}: ${text}`;
    if (/no such file or directory/iu.test(text)) return new NotFoundError(message);
    return new RuntimeFailedError(message, { status: `exit code ${exitCode}`, answer: text });
  }
}
