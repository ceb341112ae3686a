import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { LineJoiner } from "../../../src/logs/join-lines.ts";
import { parseLogLine, timeOf } from "../../../src/logs/log-entry.ts";
import { readLog, type ReadLogOptions } from "../../../src/logs/read-log.ts";
import { tailPosition } from "../../../src/logs/tail-position.ts";
import { folder, path } from "./log-place.ts";

const time = "2026-11-23T15:04:05.123456789Z";
const line = (text: string, { stream = "stdout", tag = "F" } = {}): string => `${time} ${stream} ${tag} ${text}\n`;
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => line(`line ${from + at}`)).join("");

async function texts(options: ReadLogOptions = {}): Promise<readonly string[]> {
  const joiner = new LineJoiner();
  const all = [];
  for await (const entries of readLog(path, options)) all.push(...joiner.join(entries));
  return [...all, ...joiner.end()].map(({ content }) => content.toString());
}

describe("a line", () => {
  const read = (text: string) => parseLogLine(Buffer.from(text));

  test("of CRI has a time, a stream and any bytes", () => {
    expect(parseLogLine(Buffer.from(`${time} stderr F \u00e9\0 x`))).toEqual({
      time,
      stream: "stderr",
      content: Buffer.from("\u00e9\0 x"),
      isPartial: false,
    });
    expect(parseLogLine(Buffer.concat([Buffer.from(`${time} stdout F `), Buffer.from([0xff, 0xfe])])).content).toEqual(
      Buffer.from([0xff, 0xfe]),
    );
  });
  test("may be a part, and may be empty", () => {
    expect(read(`${time} stdout P:x abc`)).toMatchObject({ isPartial: true });
    expect(read(`${time} stdout F `)).toMatchObject({ content: Buffer.alloc(0), isPartial: false });
    expect(read(`${time} stdout F`)).toMatchObject({ content: Buffer.alloc(0), isPartial: false });
  });
  test("of Docker is JSON, and a part when it has no line break", () => {
    expect(read(`{"log":"hi\\n","stream":"stderr","time":"${time}"}`)).toMatchObject({
      stream: "stderr",
      content: Buffer.from("hi"),
      isPartial: false,
    });
    expect(read(`{"log":"hi","stream":"stdout","time":"${time}"}`)).toMatchObject({ isPartial: true });
  });
  test("of neither is its own text", () => {
    for (const text of ["what", "{", "a b c d", ""]) {
      expect(read(text)).toMatchObject({ content: Buffer.from(text), time: "" });
    }
  });
  test("has a time to the nanosecond, in any zone", () => {
    expect(timeOf({ time })).toBe(1_795_446_245_123_456_789n);
    expect(timeOf({ time: "2026-11-23T16:04:05.1+01:00" })).toBe(1_795_446_245_100_000_000n);
    expect(timeOf({ time: "yesterday" })).toBeUndefined();
  });
});

describe("the parts of a long line", () => {
  test("are joined, though another stream writes between them", () => {
    const joiner = new LineJoiner();
    const entries = [
      line("a", { tag: "P" }),
      line("x", { stream: "stderr", tag: "P" }),
      line("b", { tag: "P" }),
      line("y", { stream: "stderr" }),
      line("c"),
    ].map((text) => parseLogLine(Buffer.from(text.trimEnd())));
    expect(joiner.join(entries).map(({ stream, content }) => `${stream} ${content.toString()}`)).toEqual([
      "stderr xy",
      "stdout abc",
    ]);
    expect(joiner.end()).toEqual([]);
  });
  test("come in pieces when they are very long, so that memory does not grow", () => {
    const joiner = new LineJoiner();
    const part = { time, stream: "stdout" as const, content: Buffer.alloc(16 * 1024, "x"), isPartial: true };
    const pieces = Array.from({ length: 200 }, () => joiner.join([part])).flat();
    const rest = joiner.join([{ ...part, isPartial: false }]);
    const all = [...pieces, ...rest];
    expect(all.reduce((sum, { content }) => sum + content.length, 0)).toBe(201 * 16 * 1024);
    expect(Math.max(...all.map(({ content }) => content.length))).toBeLessThanOrEqual(1024 * 1024);
    expect(all.map(({ isStart }) => isStart)).toEqual([true, ...all.slice(1).map(() => false)]);
    expect(all.filter(({ isEnd }) => isEnd)).toEqual(rest);
  });
});

describe("a log", () => {
  test("is read across its rotated files, compressed or not, the oldest first", async () => {
    writeFileSync(join(folder, "0.log.20261123-100000.gz"), gzipSync(lines(0, 10)));
    writeFileSync(join(folder, "0.log.20261123-110000"), lines(10, 20));
    writeFileSync(path, lines(20, 25));
    writeFileSync(join(folder, "0.log.20261123-100000.tmp"), "not ours");
    writeFileSync(join(folder, "10.log"), line("another attempt's"));
    expect(await texts()).toEqual(Array.from({ length: 25 }, (_, at) => `line ${at}`));
  });

  test.each([0, 1, 4, 5, 6, 15, 16, 24, 25, 99])("has its last %i lines wherever they are", async (tail) => {
    writeFileSync(join(folder, "0.log.20261123-100000.gz"), gzipSync(lines(0, 10)));
    writeFileSync(join(folder, "0.log.20261123-110000"), lines(10, 20));
    writeFileSync(path, lines(20, 25));
    expect(await texts({ tail })).toEqual(
      Array.from({ length: 25 }, (_, at) => `line ${at}`).slice(25 - Math.min(tail, 25)),
    );
  });

  test("counts a long line's parts as one, and the lines of one stream alone", async () => {
    writeFileSync(
      path,
      line("first") +
        line("a", { tag: "P" }) +
        line("b") +
        line("err", { stream: "stderr" }) +
        line("c", { tag: "P" }) +
        line("d"),
    );
    expect(await texts({ tail: 2 })).toEqual(["err", "cd"]);
    expect(await texts({ tail: 3 })).toEqual(["ab", "err", "cd"]);
    expect(await texts({ tail: 2, stream: "stdout" })).toEqual(["ab", "cd"]);
    expect(await texts({ tail: 1, stream: "stderr" })).toEqual(["err"]);
  });

  test("counts a last line that was never ended", async () => {
    writeFileSync(join(folder, "0.log.20261123-110000"), lines(0, 2) + line("cut", { tag: "P" }));
    writeFileSync(path, line("a") + line("b", { tag: "P" }) + line("c", { tag: "P" }));
    expect(await texts({ tail: 1 })).toEqual(["bc"]);
    expect(await texts({ tail: 2 })).toEqual(["a", "bc"]);
    expect(await texts({ tail: 4 })).toEqual(["line 1", "cuta", "bc"]);
  });

  test("begins where it is asked to, by time", async () => {
    const at = (second: string, text: string): string => `2026-11-23T10:00:${second}Z stdout F ${text}\n`;
    writeFileSync(path, at("01", "a") + at("02.5", "b") + at("03", "c"));
    expect(await texts({ sinceNs: timeOf({ time: "2026-11-23T10:00:02Z" })! })).toEqual(["b", "c"]);
  });

  test("of 64 MiB is read at its end only", async () => {
    writeFileSync(path, "");
    truncateSync(path, 64 * 1024 * 1024);
    appendFileSync(path, `\n${lines(0, 1_000)}`);
    const file = await open(path);
    let read = 0;
    const counting = {
      stat: () => file.stat(),
      read: (buffer: Buffer, offset: number, length: number, position: number) => {
        read += length;
        return file.read(buffer, offset, length, position);
      },
    } as unknown as typeof file;
    const { position, lines: found } = await tailPosition(counting, 10);
    expect(found).toBe(10);
    expect(readFileSync(path).subarray(position).toString()).toBe(lines(990, 1_000));
    expect(read).toBeLessThan(256 * 1024);
    await file.close();
  });

  test("has a last line that is longer than a chunk", async () => {
    const long = "x".repeat(300 * 1024);
    writeFileSync(path, lines(0, 3) + line(long) + line("end"));
    expect(await texts({ tail: 2 })).toEqual([long, "end"]);
  });
});

describe("a log that is followed", () => {
  /** Follows until `count` lines have come. */
  async function following(count: number, act: (seen: readonly string[]) => void): Promise<readonly string[]> {
    const seen: string[] = [];
    let acted = -1;
    const follow = async (): Promise<boolean> => {
      if (seen.length > acted) {
        acted = seen.length;
        act(seen);
      }
      return seen.length >= count;
    };
    for await (const entries of readLog(path, { follow }))
      seen.push(...entries.map(({ content }) => content.toString()));
    return seen;
  }
  const numbers = (to: number): readonly string[] => Array.from({ length: to }, (_, at) => `line ${at}`);

  test("goes on as it grows, and ends when nobody writes any more, with the last word", async () => {
    writeFileSync(path, lines(0, 2));
    const seen = await following(6, (so) => {
      if (so.length === 2) appendFileSync(path, lines(2, 4));
      if (so.length === 4) appendFileSync(path, lines(4, 6));
    });
    expect(seen).toEqual(numbers(6));
  });

  test("joins a line that was written in two halves", async () => {
    writeFileSync(path, lines(0, 1) + `${time} stdout F li`);
    const seen = await following(2, (so) => {
      if (so.length === 1) appendFileSync(path, "ne 1\n");
    });
    expect(seen).toEqual(numbers(2));
  });

  test("loses nothing in a rotation, nor what the runtime writes before it opens the new file", async () => {
    writeFileSync(path, lines(0, 2));
    const seen = await following(6, (so) => {
      if (so.length !== 2) return;
      renameSync(path, join(folder, "0.log.20261123-100000"));
      appendFileSync(join(folder, "0.log.20261123-100000"), lines(2, 4));
      writeFileSync(path, lines(4, 6));
    });
    expect(seen).toEqual(numbers(6));
  });

  test("loses nothing that the runtime still writes into the old file when it has opened the new one", async () => {
    writeFileSync(path, lines(0, 2));
    const old = join(folder, "0.log.20261123-100000");
    let isRotated = false;
    const seen = await following(6, (so) => {
      if (so.length !== 2 || isRotated) return;
      isRotated = true;
      renameSync(path, old);
      writeFileSync(path, lines(4, 6));
      setTimeout(() => appendFileSync(old, lines(2, 3)), 30);
      setTimeout(() => appendFileSync(old, lines(3, 4)), 130);
    });
    expect(seen).toEqual(numbers(6));
  });

  test("loses nothing when it is rotated several times between two looks, and compressed", async () => {
    writeFileSync(join(folder, "0.log.20261122-100000.gz"), gzipSync(lines(0, 1)));
    writeFileSync(path, lines(1, 2));
    const seen = await following(8, (so) => {
      if (so.length !== 2) return;
      rmSync(path);
      writeFileSync(join(folder, "0.log.20261123-100000.gz"), gzipSync(lines(1, 2)));
      writeFileSync(join(folder, "0.log.20261123-110000.gz"), gzipSync(lines(2, 4)));
      writeFileSync(join(folder, "0.log.20261123-120000"), lines(4, 6));
      writeFileSync(path, lines(6, 8));
    });
    expect(seen).toEqual(numbers(8));
  });

  test("loses nothing when the file it had open was thrown away in the meantime", async () => {
    writeFileSync(path, lines(0, 2));
    const seen = await following(6, (so) => {
      if (so.length !== 2) return;
      rmSync(path);
      writeFileSync(join(folder, "0.log.20261123-110000"), lines(2, 4));
      writeFileSync(path, lines(4, 6));
    });
    expect(seen).toEqual(numbers(6));
  });

  test("begins anew when the file is emptied in place", async () => {
    writeFileSync(path, lines(0, 3));
    const seen = await following(5, (so) => {
      if (so.length === 3) {
        truncateSync(path, 0);
        appendFileSync(path, lines(3, 5));
      }
    });
    expect(seen).toEqual(numbers(5));
  });

  test("does not join half a line to what comes after the file was emptied in place", async () => {
    writeFileSync(path, lines(0, 1) + `${time} stdout F ha`);
    const seen = await following(3, (so) => {
      if (so.length !== 1) return;
      truncateSync(path, 0);
      appendFileSync(path, lines(1, 2));
    });
    expect(seen).toEqual(["line 0", "ha", "line 1"]);
  });

  test("ends at once when it is given up", async () => {
    writeFileSync(path, lines(0, 1));
    const controller = new AbortController();
    const seen: string[] = [];
    for await (const entries of readLog(path, { follow: async () => false, signal: controller.signal })) {
      seen.push(...entries.map(({ content }) => content.toString()));
      controller.abort();
    }
    expect(seen).toEqual(["line 0"]);
  });
});
