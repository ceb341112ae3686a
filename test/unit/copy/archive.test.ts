import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pack, type Header } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Entry, Skipped } from "../../../src/copy/entry.ts";
import { readArchive } from "../../../src/copy/read-archive.ts";
import { writeArchive } from "../../../src/copy/write-archive.ts";
import { run } from "../../../src/linux/run.ts";
import { file, kept } from "./entries.ts";

let top: string;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "crikit-archive-"));
  mkdirSync(join(top, "to"));
});
afterEach(() => rmSync(top, { recursive: true }));

async function bytesOf(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The tar of headers, each changed in its bytes as `spoil` does. */
async function tarOf(
  headers: readonly (Partial<Header> & { readonly name: string })[],
  spoil?: (header: Buffer) => void,
): Promise<Buffer> {
  const packing = pack();
  for (const header of headers) packing.entry({ mode: 0o755, ...header }, header.type === undefined ? "text" : "");
  packing.finalize();
  const tar = await bytesOf(packing as AsyncIterable<Uint8Array>);
  if (spoil !== undefined) {
    const header = tar.subarray(0, 512);
    spoil(header);
    header.fill(" ", 148, 156);
    const sum = header.reduce((before, byte) => before + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  }
  return tar;
}

async function read(
  tar: Buffer,
): Promise<{ readonly entries: readonly Entry[]; readonly skipped: readonly Skipped[] }> {
  const skipped: Skipped[] = [];
  const entries: Entry[] = [];
  for await (const entry of readArchive(Readable.from([tar]), { top: "x", skip: (one) => skipped.push(one) })) {
    entries.push(entry);
    if (entry.type === "file") await bytesOf(entry.bytes);
  }
  return { entries, skipped };
}

async function write(entries: readonly Entry[], archive = false): Promise<Buffer> {
  const from = (async function* () {
    yield* entries;
  })();
  const { bytes, written } = writeArchive(from, { top: "x", archive, stop: new AbortController().signal });
  const [tar] = await Promise.all([bytesOf(bytes), written]);
  return tar;
}

test("what crikit does not know is left out, and the rest is read", async () => {
  const tar = await tarOf([{ name: "./x/odd" }, { name: "./x/plain" }], (header) => header.write("S", 156));
  expect(await read(tar)).toMatchObject({
    entries: [{ path: "plain", sizeBytes: 4 }],
    skipped: [{ path: "./x/odd", why: "something that crikit does not know" }],
  });
});

test("what is no tar, or one that is cut short, is an invalid archive", async () => {
  const whole = await tarOf([{ name: "./x" }]);
  for (const tar of [Buffer.alloc(2_000, "no tar"), whole.subarray(0, 100), whole.subarray(0, 514)]) {
    await expect(read(tar)).rejects.toMatchObject({ code: "invalid-archive" });
  }
});

test.each([
  [
    "a link that leads nowhere",
    { name: "./x", type: "symlink", linkname: "y" },
    (header: Buffer) => header.fill(0, 157, 257),
  ],
  [
    "a hard link to nothing",
    { name: "./x", type: "link", linkname: "y" },
    (header: Buffer) => header.fill(0, 157, 257),
  ],
  ["an owner that is none", { name: "./x" }, (header: Buffer) => header.fill(0x80, 108, 116)],
  ["a time that is none", { name: "./x" }, (header: Buffer) => header.write("x".repeat(11), 136)],
] as const)("%s is an invalid archive", async (_what, header, spoil) => {
  await expect(read(await tarOf([header], spoil))).rejects.toMatchObject({ code: "invalid-archive" });
});

test("a name that is not UTF-8 is left out rather than changed", async () => {
  const tar = await tarOf([{ name: "./x/caf_" }], (header) => header.writeUInt8(0xe9, header.indexOf("_")));
  expect(await read(tar)).toMatchObject({
    entries: [],
    skipped: [{ why: "named in another encoding than UTF-8" }],
  });
});

test("owners and times that a header's numbers do not hold come and go", async () => {
  const large = (): Entry => ({ ...file("file"), uid: 4_000_000, gid: 300_000 });
  const dates = ["1960-01-02T03:04:05Z", "2050-01-02T03:04:05Z"].map((text) => new Date(text));
  for (const modifiedAt of dates) {
    const tar = await write([{ ...large(), modifiedAt }], true);
    expect((await read(tar)).entries).toMatchObject([{ uid: 4_000_000, gid: 300_000, modifiedAt }]);
    writeFileSync(join(top, "tar"), tar);
    await run("tar", ["-xf", join(top, "tar"), "-C", join(top, "to")]);
    expect(statSync(join(top, "to/x/file")).mtimeMs).toBe(modifiedAt.getTime());
    expect(readFileSync(join(top, "to/x/file"), "utf8")).toBe("text");
  }
  expect((await read(await write([large()]))).entries).toMatchObject([{ uid: 0, gid: 0 }]);
});

test("nothing is written that leads through a link", async () => {
  const link: Entry = { ...kept, path: "door", type: "link", text: "/etc" };
  const through: readonly Entry[] = [
    file("door/evil"),
    { ...kept, path: "hard", type: "same-file", as: "door/shadow" },
  ];
  for (const entry of through) {
    await expect(write([link, entry])).rejects.toMatchObject({ code: "invalid-archive" });
  }
  expect((await write([link, file("doors/fine"), file("door"), file("beside")])).length).toBeGreaterThan(0);
});

test("a file that fails while it is read fails the archive with it", async () => {
  const bytes = (async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from("te");
    throw new Error("the disk is gone");
  })();
  await expect(write([{ ...kept, path: "file", type: "file", sizeBytes: 4, bytes }])).rejects.toThrow(
    "the disk is gone",
  );
});
