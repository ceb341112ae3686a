import { posix } from "node:path";
import { PassThrough } from "node:stream";
import { CrikitError, RuntimeFailedError } from "../errors.ts";
import { execSync } from "../streaming/exec-sync.ts";
import type { Copied, Entry, Skipped } from "./entry.ts";
import { readArchive } from "./read-archive.ts";
import { runTar, type TarContainer } from "./run-tar.ts";
import type { Side, Target } from "./side.ts";
import { writeArchive } from "./write-archive.ts";

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
  const { signal } = container.streaming;
  const giveUp = new AbortController();
  const until = signal === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, signal]);
  const tar = new PassThrough();
  const run = async (): Promise<void> => {
    try {
      const command = ["tar", "-cf", "-", "-C", folder, name === undefined ? "." : `./${name}`];
      await runTar(container, { command, stdout: tar, signal: until, path: posix.join(folder, name ?? ".") });
      tar.end();
    } catch (error) {
      tar.destroy(error as Error);
      throw error;
    }
  };
  const done = run();
  done.catch(() => undefined); // the archive ends with the same failure
  try {
    yield* readArchive(tar, { top: name, skip });
    await done;
  } finally {
    giveUp.abort();
    await done.catch(() => undefined);
  }
}

/** What is there already, tar deals with. */
async function writeTar(
  entries: AsyncIterable<Entry>,
  { folder, name }: Target,
  container: TarContainer,
): Promise<Omit<Copied, "skipped">> {
  const { streaming, archive } = container;
  const stop = new AbortController();
  const { bytes, written } = writeArchive(entries, { top: name, archive, stop: stop.signal });
  try {
    const command = ["tar", "-xf", "-", "-C", folder];
    await runTar(container, { command, stdin: bytes, signal: streaming.signal, path: folder });
    return await written.catch((error: unknown) => {
      throw endedEarly(folder, error);
    });
  } finally {
    stop.abort(); // tar may have ended without reading all
    await written.catch(() => undefined);
  }
}

/** Only then: what goes wrong with an entry while tar reads ends tar as well. */
function endedEarly(folder: string, cause: unknown): RuntimeFailedError {
  const answer = "it ended without reading everything";
  return new RuntimeFailedError(
    `tar in the container for ${folder}: ${answer}`,
    { status: "exit code 0", answer },
    { cause },
  );
}
