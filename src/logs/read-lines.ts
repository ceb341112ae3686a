import { open, type FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { RotatedFile } from "./log-files.ts";

/** Bytes that are read at once. */
const chunkBytes = 256 * 1024;
const lineFeed = 0x0a;

/** Cuts chunks of bytes into lines. What comes after the last line break waits for the rest of its line. */
export class LineCutter {
  #rest: Buffer[] = [];

  /** The lines that end in `chunk`, without their line breaks. */
  cut(chunk: Buffer): readonly Buffer[] {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      lines.push(this.#withRest(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start));
    return lines;
  }

  /** What is left without a line break at its end: nobody will write the rest. */
  end(): readonly Buffer[] {
    return this.#rest.length === 0 ? [] : [this.#withRest(Buffer.alloc(0))];
  }

  #withRest(end: Buffer): Buffer {
    if (this.#rest.length === 0) return end;
    const whole = Buffer.concat([...this.#rest, end]);
    this.#rest = [];
    return whole;
  }
}

/** The bytes of an open file from `position` to where it ends now. */
export async function* readFrom(file: FileHandle, position: number): AsyncGenerator<Buffer> {
  for (let at = position; ;) {
    // A new buffer each time: the lines that are cut from it stay in use.
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * The bytes of a file that was set aside, unpacked where it is compressed. One that is compressed just now is read all the
 * same.
 */
export async function* readRotated({ path, isCompressed }: RotatedFile): AsyncGenerator<Buffer> {
  const plain = isCompressed ? undefined : await openIfThere(path);
  const file = plain ?? (await open(isCompressed ? path : `${path}.gz`));
  const bytes = file.createReadStream({ highWaterMark: chunkBytes });
  try {
    if (plain !== undefined) {
      for await (const chunk of bytes) yield chunk as Buffer;
      return;
    }
    const unpacked = createGunzip();
    const feeding = pipeline(bytes, unpacked);
    feeding.catch(() => undefined); // reading from it ends with the same failure, or nobody reads any further
    for await (const chunk of unpacked) yield chunk as Buffer;
    await feeding;
  } finally {
    bytes.destroy();
  }
}

/** Opens a file to be read; `undefined` when there is none. */
export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
