import { fstatSync, writeSync } from "node:fs";
import { isSystemError } from "./system-error.ts";

/** Bytes that a pipe nobody reads yet takes without waiting: pipe(7). */
const pipeCapacity = 64 * 1024;

/**
 * Writes the start of a process's output without a stream, which takes an engine 2 ms to open: most commands say little and
 * end. A terminal has its stream from the start.
 */
export class FirstWrites {
  readonly #fd: number;
  #room: number;

  constructor(fd: number) {
    this.#fd = fd;
    this.#room = isPlain(fd) ? pipeCapacity : 0;
  }

  /** Whether a stream is to be opened now. */
  get isOver(): boolean {
    return this.#room <= 0;
  }

  /**
   * Writes what there is room for, and gives the rest.
   *
   * @throws what write(2) says, such as EPIPE
   */
  write(bytes: Uint8Array): Uint8Array {
    let rest = bytes.length > this.#room ? this.#end(bytes) : bytes;
    while (rest.length > 0 && !this.isOver) {
      try {
        const written = writeSync(this.#fd, rest);
        this.#room -= written;
        rest = rest.subarray(written);
      } catch (error) {
        // Its reader takes its time, and whoever started us wants nobody to wait for that.
        if (!(isSystemError(error) && error.code === "EAGAIN")) throw error;
        this.#end(rest);
      }
    }
    return rest;
  }

  #end(rest: Uint8Array): Uint8Array {
    this.#room = 0;
    return rest;
  }
}

/** The number of /dev/null: major 1, minor 3 (null(4)). It is a character device as a terminal is one. */
const nullDevice = 0x103;

/** Whether it is a pipe, a socket, a file or nowhere: nothing with a width. */
function isPlain(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket() || stat.isFile() || (stat.isCharacterDevice() && stat.rdev === nullDevice);
  } catch {
    return false; // closed
  }
}
