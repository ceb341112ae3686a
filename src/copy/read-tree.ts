import type { Stats } from "node:fs";
import { NotFoundError } from "../errors.ts";
import type { Folder } from "../linux/folder.ts";
import { notUtf8, replacement, type Entry, type Skipped } from "./entry.ts";

/**
 * Everything below a name in a folder, or below the folder itself: a folder comes before what is in it. Links are not
 * followed. A file with several names comes once, and then as the same file.
 *
 * @throws {NotFoundError} when there is nothing
 */
export async function* readTree(
  folder: Folder,
  name: string | undefined,
  skip: (skipped: Skipped) => void,
): AsyncGenerator<Entry, void> {
  const seen = new Map<string, string>();
  if (name !== undefined) {
    yield* readOne(folder, name, { path: "", seen, skip });
    return;
  }
  yield { ...keptOf(await folder.stat(), ""), type: "folder" };
  yield* readInside(folder, { path: "", seen, skip });
}

interface Walk {
  readonly path: string;
  /** The path of each file that has several names, by its device and inode. */
  readonly seen: Map<string, string>;
  readonly skip: (skipped: Skipped) => void;
}

async function* readInside(folder: Folder, walk: Walk): AsyncGenerator<Entry, void> {
  for (const name of await folder.names()) {
    yield* readOne(folder, name, { ...walk, path: walk.path === "" ? name : `${walk.path}/${name}` });
  }
}

async function* readOne(folder: Folder, name: string, walk: Walk): AsyncGenerator<Entry, void> {
  const { path, seen, skip } = walk;
  const stat = await folder.look(name);
  if (stat === undefined) {
    if (path === "") throw new NotFoundError(`there is no '${name}'`);
    // Else it has gone since its folder was read.
    if (name.includes(replacement)) skip({ path, why: notUtf8 });
    return;
  }
  const kept = keptOf(stat, path);
  if (stat.isDirectory()) {
    await using inside = await folder.enter(name);
    yield { ...kept, type: "folder" };
    yield* readInside(inside, walk);
  } else if (stat.isSymbolicLink()) {
    const text = await folder.readLink(name);
    if (text.includes(replacement))
      skip({ path, why: "a link to something that is named in another encoding than UTF-8" });
    else yield { ...kept, type: "link", text };
  } else if (stat.isFile()) {
    const identity = `${stat.dev}:${stat.ino}`;
    const first = stat.nlink > 1 ? seen.get(identity) : undefined;
    if (first !== undefined) {
      yield { ...kept, type: "same-file", as: first };
      return;
    }
    seen.set(identity, path);
    await using file = await folder.read(name);
    const { size } = await file.stat();
    const sizeBytes = Number(size);
    yield { ...kept, type: "file", sizeBytes, bytes: exactly(file.createReadStream({ autoClose: false }), sizeBytes) };
  } else {
    skip({ path, why: kindOf(stat) });
  }
}

/** A file that grows or shrinks meanwhile is as long as it was said to be. */
async function* exactly(bytes: AsyncIterable<Uint8Array>, sizeBytes: number): AsyncGenerator<Uint8Array, void> {
  let left = sizeBytes;
  for await (const chunk of bytes) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length > 0) yield part;
    if (left === 0) return;
  }
  for (; left > 0; left -= Math.min(left, zeros.length)) yield zeros.subarray(0, left);
}

const zeros = new Uint8Array(65_536);

function keptOf({ mode, uid, gid, mtime }: Stats, path: string): Omit<Entry & { type: "folder" }, "type"> {
  return { path, mode: mode & 0o7777, uid, gid, modifiedAt: mtime };
}

function kindOf(stat: Stats): string {
  if (stat.isFIFO()) return "a pipe";
  if (stat.isSocket()) return "a socket";
  return "a device";
}
