import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Entry, Skipped } from "../../../src/copy/entry.ts";
import { readTree } from "../../../src/copy/read-tree.ts";
import { writeTree } from "../../../src/copy/write-tree.ts";
import { Folder } from "../../../src/linux/folder.ts";
import { run } from "../../../src/linux/run.ts";
import { file, kept } from "./entries.ts";

let top: string;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "crikit-trees-"));
  mkdirSync(join(top, "to"));
});
afterEach(() => rmSync(top, { recursive: true }));

const link = (path: string, text: string): Entry => ({ ...kept, path, type: "link", text });
const folder = (path: string): Entry => ({ ...kept, path, type: "folder", mode: 0o755 });

async function write(entries: readonly Entry[] | AsyncIterable<Entry>, keepsPrivileges = false): Promise<unknown> {
  await using to = await Folder.open(join(top, "to"));
  const from = (async function* () {
    yield* entries;
  })();
  return await writeTree(from, { folder: to, name: "copy", ownerOf: () => ({}), keepsPrivileges });
}

test("a tree is read and written with its modes, times and links", async () => {
  const from = join(top, "from");
  mkdirSync(join(from, "sub"), { recursive: true });
  writeFileSync(join(from, "sub/a"), "one");
  linkSync(join(from, "sub/a"), join(from, "b"));
  symlinkSync("/etc/passwd", join(from, "l"));
  chmodSync(join(from, "sub/a"), 0o4751);
  chmodSync(join(from, "sub"), 0o500);
  utimesSync(join(from, "sub"), 1, 1_000_000);
  await run("mkfifo", [join(from, "pipe")]);
  const skipped: Skipped[] = [];
  await using parent = await Folder.open(top);
  expect(await write(readTree(parent, "from", (one) => skipped.push(one)))).toEqual({ files: 5, bytes: 3 });
  expect(skipped).toEqual([{ path: "pipe", why: "a pipe" }]);
  const at = (path: string): string => join(top, "to/copy", path);
  expect(readFileSync(at("b"), "utf8")).toBe("one");
  expect(lstatSync(at("b")).ino).toBe(lstatSync(at("sub/a")).ino);
  expect(readlinkSync(at("l"))).toBe("/etc/passwd");
  expect(lstatSync(at("sub")).mode & 0o7777).toBe(0o500);
  expect(lstatSync(at("sub")).mtimeMs).toBe(1_000_000_000);
  expect(lstatSync(at("sub/a")).mode & 0o7777).toBe(0o751); // no rights come along
  await write([folder(""), { ...file("s"), mode: 0o4755 }], true);
  expect(lstatSync(at("s")).mode & 0o7777).toBe(0o4755);
});

test("a link that was just written is not written through", async () => {
  const outside = join(top, "outside");
  mkdirSync(outside);
  await expect(write([folder(""), link("door", outside), file("door/evil")])).rejects.toThrow(/symbolic link/u);
  await expect(write([folder(""), link("door", "../../outside"), folder("door"), file("door/evil")])).rejects.toThrow(
    /in the place of the folder/u,
  );
  expect(existsSync(join(outside, "evil"))).toBe(false);
  writeFileSync(join(outside, "file"), "untouched");
  await write([folder(""), link("name", join(outside, "file")), file("name", "new")]);
  expect(readFileSync(join(outside, "file"), "utf8")).toBe("untouched");
  expect(readFileSync(join(top, "to/copy/name"), "utf8")).toBe("new");
});

test("a hard link to what is outside cannot be made", async () => {
  writeFileSync(join(top, "secret"), "secret");
  const entry = (as: string): Entry => ({ ...kept, path: "hard", type: "same-file", as });
  await expect(write([folder(""), entry("../../secret")])).rejects.toMatchObject({ code: "invalid-archive" });
  await expect(write([folder(""), link("door", top), entry("door/secret")])).rejects.toThrow(/symbolic link/u);
});

test.each(["../evil", "a/../../evil", "./evil", "a//b", "a/./b", "/evil", "a\0b"])(
  "the path %j is refused",
  async (path) => {
    await expect(write([folder(""), folder("a"), file(path)])).rejects.toMatchObject({ code: "invalid-archive" });
    expect(existsSync(join(top, "to/evil"))).toBe(false);
  },
);

test("what is there is replaced, but never a folder by a file or the other way round", async () => {
  await write([folder(""), file("x", "old"), folder("d")]);
  await write([folder(""), file("x", "new")]);
  expect(readFileSync(join(top, "to/copy/x"), "utf8")).toBe("new");
  await expect(write([folder(""), file("d")])).rejects.toThrow(/a folder is in the place/u);
  await expect(write([folder(""), folder("x")])).rejects.toThrow(/a file is in the place/u);
});

test("a file that does not come whole leaves what was there, and nothing of itself", async () => {
  const broken = (path: string): Entry => ({
    ...(file(path) as Entry & { readonly type: "file" }),
    bytes: (async function* () {
      yield Buffer.from("half");
      expect(readdirSync(join(top, "to/copy"))).toHaveLength(2);
      throw new Error("the other side is gone");
    })(),
  });
  await write([folder(""), file("x", "old")]);
  await expect(write([folder(""), broken("x")])).rejects.toThrow("the other side is gone");
  await expect(write([folder(""), broken("y")])).rejects.toThrow("the other side is gone");
  expect(readdirSync(join(top, "to/copy"))).toEqual(["x"]);
  expect(readFileSync(join(top, "to/copy/x"), "utf8")).toBe("old");
});

test("a file that shrinks while it is read is as long as it was said to be", async () => {
  writeFileSync(join(top, "shrinking"), "x".repeat(100));
  await using parent = await Folder.open(top);
  for await (const entry of readTree(parent, "shrinking", () => undefined)) {
    writeFileSync(join(top, "shrinking"), "y");
    let lengthBytes = 0;
    if (entry.type === "file") for await (const chunk of entry.bytes) lengthBytes += chunk.length;
    expect(lengthBytes).toBe(100);
  }
});

test("a pipe that stands where a file was is not opened", async () => {
  await run("mkfifo", [join(top, "pipe")]);
  await using parent = await Folder.open(top);
  await expect(parent.read("pipe")).rejects.toThrow(/not a plain file/u);
});

test("a file whose name is not UTF-8 is told to be left out", async () => {
  mkdirSync(join(top, "from"));
  writeFileSync(Buffer.concat([Buffer.from(join(top, "from/caf")), Buffer.from([0xe9])]), "lost");
  symlinkSync(Buffer.from([0xe9]), join(top, "from/link"));
  const skipped: Skipped[] = [];
  await using parent = await Folder.open(top);
  expect(await write(readTree(parent, "from", (one) => skipped.push(one)))).toEqual({ files: 1, bytes: 0 });
  expect(skipped.map(({ path }) => path)).toEqual(["caf\ufffd", "link"]);
});
