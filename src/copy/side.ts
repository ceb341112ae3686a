import type { Copied, Entry, Skipped } from "./entry.ts";

/** A name in a folder; without one, the folder itself. */
export interface Target {
  readonly folder: string;
  readonly name: string | undefined;
}

/** One side of a copy: this machine, or a container in one of the ways to its files. */
export interface Side extends AsyncDisposable {
  /** What is at a path, links followed. */
  look(path: string): Promise<"folder" | "other" | "nothing">;
  /** What is there and below, one file after the other. Without a name: what is in the folder. @throws {NotFoundError} */
  read(target: Target, skip: (skipped: Skipped) => void): AsyncIterable<Entry>;
  /** Makes files of entries. */
  write(target: Target, entries: AsyncIterable<Entry>): Promise<Omit<Copied, "skipped">>;
}
