import { stat } from "node:fs/promises";
import { Folder } from "../linux/folder.ts";
import { readTree } from "./read-tree.ts";
import type { Side } from "./side.ts";
import { writeTree } from "./write-tree.ts";

/** What both ways to the files of a machine are told. */
export interface KeepOptions {
  /** Keeps owners and the bits for set-user-id and set-group-id. */
  readonly archive: boolean;
  readonly signal: AbortSignal | undefined;
}

/** This machine. What comes from a container gets no rights here: it is its maker's, and nobody runs it as another. */
export function hostSide({ archive, signal }: KeepOptions): Side {
  return {
    async look(path) {
      try {
        return (await stat(path)).isDirectory() ? "folder" : "other";
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return "nothing";
        throw error;
      }
    },
    async *read({ folder, name }, skip) {
      await using parent = await Folder.open(folder);
      yield* readTree(parent, name, skip);
    },
    async write({ folder, name }, entries) {
      await using parent = await Folder.open(folder);
      const ownerOf = ({ uid, gid }: { uid: number; gid: number }): { uid?: number; gid?: number } =>
        archive ? { uid, gid } : {};
      return await writeTree(entries, { folder: parent, name, ownerOf, keepsPrivileges: archive, signal });
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
