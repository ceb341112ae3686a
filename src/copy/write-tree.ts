import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { CancelledError, CrikitError, HostError, InvalidArchiveError } from "../errors.ts";
import { Scope } from "../lifetime.ts";
import type { Folder, Marks } from "../linux/folder.ts";
import type { Copied, Entry } from "./entry.ts";

/** Where files are made, and whose they are. */
export interface WriteTreeOptions {
  readonly folder: Folder;
  /** What is copied gets this name in it; without one it becomes the folder itself. */
  readonly name: string | undefined;
  /** The owner of what is made, and whether set-user-id and set-group-id are kept. */
  readonly ownerOf: (entry: Entry) => { readonly uid?: number; readonly gid?: number };
  readonly keepsPrivileges: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Longest way down: a folder is open for each part. */
const mostParts = 512;

/**
 * Makes files of entries. No link is ever followed, also none that one of the entries has made: everything ends up below
 * the folder. Files that are there are replaced, folders are added to.
 *
 * @throws {InvalidArchiveError} for a path that leads out; {HostError} when a file stands where a folder has to be
 * @throws {CancelledError}
 */
export async function writeTree(
  entries: AsyncIterable<Entry>,
  options: WriteTreeOptions,
): Promise<Omit<Copied, "skipped">> {
  const { signal } = options;
  const writer = new TreeWriter(options);
  let files = 0;
  let bytes = 0;
  try {
    for await (const entry of entries) {
      signal?.throwIfAborted();
      await writer.write(entry);
      files += 1;
      if (entry.type === "file") bytes += entry.sizeBytes;
    }
  } catch (error) {
    if (signal?.aborted !== true || error instanceof CrikitError) throw error;
    throw new CancelledError("the copy was cancelled", { cause: signal.reason });
  }
  await writer.finish();
  return { files, bytes };
}

class TreeWriter {
  readonly #options: WriteTreeOptions;
  /** The folders that were made, for the end: to write into one changes its time, and its mode may forbid it. */
  readonly #folders: (Entry & { readonly type: "folder" })[] = [];

  constructor(options: WriteTreeOptions) {
    this.#options = options;
  }

  async write(entry: Entry): Promise<void> {
    const parts = this.#partsOf(entry.path);
    const name = parts.at(-1);
    if (name === undefined) {
      if (entry.type !== "folder") throw new HostError("what is copied is no folder, and cannot take the place of one");
      return; // it is there, and stays as it is
    }
    await using scope = new Scope();
    const parent = await this.#open(parts.slice(0, -1), scope);
    if (entry.type === "folder") {
      if (await makeFolder(parent, name)) this.#folders.push(entry);
      return;
    }
    if ((await parent.look(name))?.isDirectory() === true) {
      throw new HostError(`a folder is in the place of the file '${name}'`);
    }
    await this.#make(parent, name, entry, scope);
  }

  /** The last made is the deepest: its time is set before that of what it is in. */
  async finish(): Promise<void> {
    for (const entry of this.#folders.toReversed()) {
      await using scope = new Scope();
      const folder = await this.#open(this.#partsOf(entry.path), scope);
      await folder.markSelf(this.#modeOf(entry), this.#marksOf(entry));
    }
  }

  async #make(parent: Folder, name: string, entry: Exclude<Entry, { type: "folder" }>, scope: Scope): Promise<void> {
    switch (entry.type) {
      case "link":
        await parent.remove(name);
        await parent.makeLink(name, entry.text);
        await parent.mark(name, this.#marksOf(entry));
        return;
      case "same-file": {
        const parts = this.#partsOf(entry.as);
        const from = await this.#open(parts.slice(0, -1), scope);
        await parent.remove(name);
        await parent.addName(name, from, parts.at(-1) ?? "");
        return;
      }
      case "file":
        await this.#makeFile(parent, name, entry);
    }
  }

  /** The file gets its name when all of it is there: a copy that is given up leaves what was there before, and no half of a file. */
  async #makeFile(parent: Folder, name: string, entry: Entry & { readonly type: "file" }): Promise<void> {
    const unfinished = `.crikit-${randomUUID()}`;
    await using file = await parent.create(unfinished);
    try {
      await writeFile(file, entry.bytes, { signal: this.#options.signal });
      const { uid, gid, modifiedAt } = this.#marksOf(entry);
      if (uid !== undefined && gid !== undefined) await file.chown(uid, gid);
      await file.chmod(this.#modeOf(entry)); // after chown(2), which takes set-user-id away
      await file.utimes(modifiedAt, modifiedAt);
      await parent.rename(unfinished, name);
    } catch (error) {
      await parent.remove(unfinished);
      throw error;
    }
  }

  #partsOf(path: string): readonly string[] {
    const { name } = this.#options;
    const below = path === "" ? [] : path.split("/");
    if (below.some((part) => part === "" || part === "." || part === ".." || part.includes("\0"))) {
      throw new InvalidArchiveError(`'${path}' leads out of what is copied`);
    }
    const parts = name === undefined ? below : [name, ...below];
    if (parts.length > mostParts) throw new InvalidArchiveError(`'${path.slice(0, 100)}…' is too deep`);
    return parts;
  }

  async #open(parts: readonly string[], scope: Scope): Promise<Folder> {
    let folder = scope.use(await this.#options.folder.again());
    for (const part of parts) folder = scope.use(await folder.enter(part));
    return folder;
  }

  #modeOf({ mode }: Entry): number {
    return this.#options.keepsPrivileges ? mode : mode & 0o1777;
  }

  #marksOf(entry: Entry): Marks {
    return { ...this.#options.ownerOf(entry), modifiedAt: entry.modifiedAt };
  }
}

/** @returns whether it was not there before */
async function makeFolder(parent: Folder, name: string): Promise<boolean> {
  const stat = await parent.look(name);
  if (stat?.isDirectory() === true) return false;
  if (stat !== undefined) throw new HostError(`a file is in the place of the folder '${name}'`);
  await parent.makeFolder(name);
  return true;
}
