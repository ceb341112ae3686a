import { constants, type Stats } from "node:fs";
import {
  type FileHandle,
  chmod,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rmdir,
  symlink,
  unlink,
} from "node:fs/promises";
import { HostError } from "../errors.ts";

/** O_PATH of open(2): the place without its contents. Node has no name for it. */
const pathOnly = 0o10000000;

/**
 * An open folder. Everything is done to a name in it and never to a path, and links are not followed: who may change the
 * folder, a container for instance, cannot make us touch anything outside of it. (openat2(2) with RESOLVE_BENEATH would do
 * that in the kernel; Node has none of the *at calls, so it goes through /proc/self/fd.)
 */
export class Folder implements AsyncDisposable {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Opens a folder by a path that is our own: links in it are followed. */
  static async open(path: string): Promise<Folder> {
    return new Folder(await open(path, constants.O_RDONLY | constants.O_DIRECTORY));
  }

  /** Opens it once more. */
  again(): Promise<Folder> {
    return Folder.open(`/proc/self/fd/${this.#handle.fd}`);
  }

  /** Opens a folder in it. @throws {HostError} when a link stands there */
  async enter(name: string): Promise<Folder> {
    try {
      const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
      return new Folder(await open(this.#at(name), flags));
    } catch (error) {
      const stat = await this.look(name);
      if (stat?.isSymbolicLink() === true) throw linkInTheWay(name, error);
      throw error;
    }
  }

  /** The names in it, sorted. */
  async names(): Promise<readonly string[]> {
    return (await readdir(`/proc/self/fd/${this.#handle.fd}`)).toSorted();
  }

  /** What is there, a link itself and not what it leads to. `undefined` for nothing. */
  async look(name: string): Promise<Stats | undefined> {
    try {
      return await lstat(this.#at(name));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** What the folder itself is. */
  stat(): Promise<Stats> {
    return this.#handle.stat();
  }

  /** Opens a plain file for reading; what else may stand there is not even touched. @throws {HostError} */
  async read(name: string): Promise<FileHandle> {
    const place = await open(this.#at(name), pathOnly | constants.O_NOFOLLOW);
    try {
      const stat = await place.stat();
      if (stat.isSymbolicLink()) throw linkInTheWay(name);
      if (!stat.isFile()) throw new HostError(`'${name}' is not a plain file`);
      return await open(`/proc/self/fd/${place.fd}`, constants.O_RDONLY);
    } finally {
      await place.close();
    }
  }

  /** Makes a file that was not there. Nobody else may open it before its mode is set. */
  create(name: string): Promise<FileHandle> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    return open(this.#at(name), flags, 0o600);
  }

  /** Makes a folder. */
  async makeFolder(name: string): Promise<void> {
    await mkdir(this.#at(name), 0o700);
  }

  /** Makes a symbolic link with any text. */
  async makeLink(name: string, text: string): Promise<void> {
    await symlink(text, this.#at(name));
  }

  /** Gives a file of another open folder a name here as well. */
  async addName(name: string, from: Folder, existing: string): Promise<void> {
    await link(from.#at(existing), this.#at(name));
  }

  /** Gives what has one name another one, in the place of whatever has that: but a folder stays. */
  async rename(name: string, to: string): Promise<void> {
    await rename(this.#at(name), this.#at(to));
  }

  /** The text of a link. */
  readLink(name: string): Promise<string> {
    return readlink(this.#at(name));
  }

  /** Removes whatever has that name, but for a folder with something in it. Nothing there is no failure. */
  async remove(name: string): Promise<void> {
    const stat = await this.look(name);
    if (stat === undefined) return;
    await (stat.isDirectory() ? rmdir(this.#at(name)) : unlink(this.#at(name)));
  }

  /** Sets owner and times of what has that name, of a link itself too. */
  async mark(name: string, { uid, gid, modifiedAt }: Marks): Promise<void> {
    if (uid !== undefined && gid !== undefined) await lchown(this.#at(name), uid, gid);
    await lutimes(this.#at(name), modifiedAt, modifiedAt);
  }

  /** Sets owner, mode and times of the folder itself. */
  async markSelf(mode: number, { uid, gid, modifiedAt }: Marks): Promise<void> {
    if (uid !== undefined && gid !== undefined) await this.#handle.chown(uid, gid);
    await chmod(`/proc/self/fd/${this.#handle.fd}`, mode);
    await this.#handle.utimes(modifiedAt, modifiedAt);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  #at(name: string): string {
    if (name === "" || name === "." || name === ".." || /[/\0]/u.test(name)) {
      throw new HostError(`'${name}' is not the name of a file`);
    }
    return `/proc/self/fd/${this.#handle.fd}/${name}`;
  }
}

/** What is kept of a file beside its contents and its mode. The owner stays who makes it where it is absent. */
export interface Marks {
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly modifiedAt: Date;
}

function linkInTheWay(name: string, cause?: unknown): HostError {
  return new HostError(`'${name}' is a symbolic link, and is not followed: it may lead anywhere`, { cause });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
