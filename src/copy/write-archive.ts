import { pack, type Header, type Pack } from "tar-stream";
import { InvalidArchiveError } from "../errors.ts";
import type { Copied, Entry } from "./entry.ts";

/** How a tar is made. */
export interface WriteArchiveOptions {
  /** The name of what is copied; without one it is what is in a folder that is there. */
  readonly top: string | undefined;
  /** Keeps owners; else all is root's. */
  readonly archive: boolean;
  /** Aborts when nobody takes any more. */
  readonly stop: AbortSignal;
}

/** A tar that is being made: no faster than its bytes are taken. */
export interface WrittenArchive {
  /** Fails as `written` does. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Settles when everything is in it. */
  readonly written: Promise<Omit<Copied, "skipped">>;
}

/** Largest numbers that tar-stream writes as they are; others are said in words: pax(1). */
const largestOwner = 0o777777;
const largestSeconds = 0x7fffffff;

/**
 * Makes a tar of entries. None of them may lead through a link among them: not every tar that unpacks it would mind.
 *
 * @throws {InvalidArchiveError} for one that does
 */
export function writeArchive(entries: AsyncIterable<Entry>, options: WriteArchiveOptions): WrittenArchive {
  const packing = pack();
  const links = new Set<string>();
  const fill = async (): Promise<Omit<Copied, "skipped">> => {
    let files = 0;
    let bytes = 0;
    for await (const entry of entries) {
      if (entry.path === "" && options.top === undefined) continue; // the folder is there, and stays as it is
      mustNotLeadThrough(links, entry);
      await put(packing, entry, options);
      files += 1;
      if (entry.type === "file") bytes += entry.sizeBytes;
    }
    packing.finalize();
    return { files, bytes };
  };
  const written = fill();
  written.catch((error: unknown) => packing.destroy(error as Error));
  return { bytes: packing as AsyncIterable<Uint8Array>, written };
}

function mustNotLeadThrough(links: Set<string>, entry: Entry): void {
  for (const path of entry.type === "same-file" ? [entry.path, entry.as] : [entry.path]) {
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
      if (links.has(path.slice(0, end))) throw new InvalidArchiveError(`'${path}' leads through a symbolic link`);
    }
  }
  if (entry.type === "link") links.add(entry.path);
  else links.delete(entry.path);
}

async function put(packing: Pack, entry: Entry, { top, archive, stop }: WriteArchiveOptions): Promise<void> {
  const nameOf = (path: string): string =>
    [".", top, path].filter((part) => part !== undefined && part !== "").join("/");
  const header = { name: nameOf(entry.path), mode: entry.mode, ...ownerAndTimeOf(entry, archive) };
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
      file.on("error", () => undefined); // told by settle
      for await (const chunk of entry.bytes) {
        stop.throwIfAborted();
        if (!file.write(chunk)) await drained(file, stop);
      }
      file.end(undefined);
      await promise;
    }
  }
}

function ownerAndTimeOf(entry: Entry, archive: boolean): Pick<Header, "uid" | "gid" | "mtime" | "pax"> {
  const { uid, gid } = archive ? entry : { uid: 0, gid: 0 };
  const seconds = entry.modifiedAt.getTime() / 1_000;
  const mtime = new Date(Math.min(Math.max(seconds, 0), largestSeconds) * 1_000);
  const pax = {
    ...(uid > largestOwner ? { uid: String(uid) } : {}),
    ...(gid > largestOwner ? { gid: String(gid) } : {}),
    ...(mtime.getTime() === entry.modifiedAt.getTime() ? {} : { mtime: String(seconds) }),
  };
  return { uid, gid, mtime, ...(Object.keys(pax).length === 0 ? {} : { pax }) };
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
  promise.catch(() => undefined); // whoever puts something in may have failed before it waits for this
  return { promise, settle };
}
