import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Header } from "tar-stream";
import { InvalidArchiveError } from "../errors.ts";
import { notUtf8, replacement, type Entry, type Skipped } from "./entry.ts";

/** Whose bytes are read, and what they should hold. */
export interface ReadArchiveOptions {
  /** The name that was asked for: everything is below it. Without one, everything is below the folder. */
  readonly top: string | undefined;
  readonly skip: (skipped: Skipped) => void;
}

/** The largest number of an owner; the one above it means none. @see chown(2) */
const largestOwner = 0xfffffffe;

/**
 * What a tar holds, as it comes. It may be anybody's: names that lead elsewhere, numbers that are none and what is cut short
 * are refused, and what crikit does not copy is skipped.
 *
 * @throws {InvalidArchiveError}
 * @throws what the bytes fail with
 */
export async function* readArchive(bytes: Readable, { top, skip }: ReadArchiveOptions): AsyncGenerator<Entry, void> {
  const files = extract();
  const flow = pipeline(bytes, files);
  flow.catch(() => undefined); // the loop below ends with the same failure
  try {
    for await (const file of files) {
      const entry = entryOf(file.header, readable(file as AsyncIterable<Uint8Array>, flow), top);
      if (typeof entry !== "string") yield entry;
      else skip({ path: file.header.name, why: entry });
      file.resume();
    }
    await flow;
  } catch (error) {
    throw failureOf(error);
  }
}

/** @param flow tells what has really happened when the bytes of one file end too early */
async function* readable(bytes: AsyncIterable<Uint8Array>, flow: Promise<void>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* bytes;
  } catch (error) {
    await flow.catch((cause: unknown) => {
      throw failureOf(cause);
    });
    throw failureOf(error);
  }
}

/** Neither tar-stream nor the streams below it have a class for what cannot be read. */
function failureOf(error: unknown): unknown {
  if (!(error instanceof Error) || (error.constructor !== Error && error.name !== "StreamError")) return error;
  return "syscall" in error
    ? error
    : new InvalidArchiveError(`what tar in the container sent cannot be read: ${error.message}`, { cause: error });
}

/** The entry that a header stands for; else why it is none. */
function entryOf(header: Header, bytes: AsyncIterable<Uint8Array>, top: string | undefined): Entry | string {
  const { type, mode, size, linkname } = header;
  const kept = { path: pathBelow(header.name, top), mode: mode & 0o7777, ...ownerAndTimeOf(header) };
  if (header.name.includes(replacement) || linkname?.includes(replacement) === true) return notUtf8;
  switch (type) {
    case "file":
    case "contiguous-file":
      return { ...kept, type: "file", sizeBytes: size, bytes };
    case "directory":
      return { ...kept, type: "folder" };
    case "symlink":
      return { ...kept, type: "link", text: textOf(header) };
    case "link":
      return { ...kept, type: "same-file", as: pathBelow(textOf(header), top) };
    case "fifo":
      return "a pipe";
    case "character-device":
    case "block-device":
      return "a device";
    default:
      return "something that crikit does not know";
  }
}

/** A tar of POSIX says in words what is too large or too fine for its numbers: pax(1). */
function ownerAndTimeOf({ name, ...header }: Header): Pick<Entry, "uid" | "gid" | "modifiedAt"> {
  const words = (header.pax ?? {}) as Readonly<Record<string, string>>;
  const uid = Number(words["uid"] ?? header.uid);
  const gid = Number(words["gid"] ?? header.gid);
  const modifiedAt = words["mtime"] === undefined ? header.mtime : new Date(Number(words["mtime"]) * 1_000);
  const areOwners = [uid, gid].every((one) => Number.isInteger(one) && one >= 0 && one <= largestOwner);
  if (areOwners && !Number.isNaN(modifiedAt.getTime())) return { uid, gid, modifiedAt };
  throw new InvalidArchiveError(`tar in the container sent '${name}' with an owner or a time that is none`);
}

function textOf({ name, linkname }: Header): string {
  if (typeof linkname === "string" && linkname !== "") return linkname;
  throw new InvalidArchiveError(`tar in the container sent the link '${name}', which leads nowhere`);
}

/** A path of the archive, below what was asked for. @throws {InvalidArchiveError} for one that is not */
function pathBelow(path: string, top: string | undefined): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const isBelow = !path.startsWith("/") && !parts.includes("..") && (top === undefined || parts[0] === top);
  if (!isBelow) throw new InvalidArchiveError(`tar in the container sent '${path}', which was not asked for`);
  return (top === undefined ? parts : parts.slice(1)).join("/");
}
