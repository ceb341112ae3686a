import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { pack } from "tar-stream";
import { afterAll, expect, test, vi } from "vitest";
import { InvalidArchiveError } from "../../../src/errors.ts";
import { buildLabImages } from "../../../src/images/lab-images.ts";
import { archiveFile, openArchive, type UnpackedArchive } from "../../../src/oci/archive.ts";
import { describe as descriptorOf, mediaTypes, sha256 } from "../../../src/oci/descriptor.ts";
import { buildImages, type ImageFile, layoutFiles, tarOf } from "../../../src/oci/image-writer.ts";
import { openLayoutFolder } from "../../../src/oci/layout.ts";
import { SocketFolder } from "../rpc/fake-runtime.ts";
import { digestsOf, dockerArchive, layoutTar, planOf } from "./make-archive.ts";

// A place of its own for what is unpacked: others on this machine unpack as well.
const unpackedIn = mkdtempSync(join(tmpdir(), "crikit-test-"));
vi.stubEnv("TMPDIR", unpackedIn);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(unpackedIn, { recursive: true });
});

const plan = planOf("localhost/test/a:1");

async function* bytesOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  // In crooked pieces, as a pipe hands them out.
  for (let at = 0; at < bytes.byteLength; at += 777) yield bytes.subarray(at, at + 777);
}

function open(bytes: Uint8Array): Promise<UnpackedArchive> {
  return openArchive({ where: "the archive", bytes: bytesOf(bytes) });
}

/** Opens an archive and checks all of it, as loading does. */
async function check(bytes: Uint8Array): Promise<readonly string[]> {
  await using archive = await open(bytes);
  await digestsOf(archive);
  return archive.images.map(({ name }) => name ?? "");
}

function dockerSave(change?: (files: Map<string, Uint8Array>) => void): Promise<Buffer> {
  return dockerArchive([{ plan, tags: ["a:1", "b"] }], change);
}

function leftovers(): readonly string[] {
  return readdirSync(unpackedIn).filter((name) => name.startsWith("crikit-archive-"));
}

test("the same plan is the same bytes, so the lab's images have the same digests every time", async () => {
  const [one, two] = await Promise.all([buildLabImages(), buildLabImages()]);
  expect(one.images).toEqual(two.images);
  expect((await layoutTar(one)).equals(await layoutTar(two))).toBe(true);
});

test("a layout goes out and comes in, plain and gzip, with what it is called", async () => {
  const tar = await layoutTar(await buildImages([plan, { ...plan, name: "localhost/test/b:1" }]));
  expect(await check(tar)).toEqual(["localhost/test/a:1", "localhost/test/b:1"]);
  expect(await check(zlib.gzipSync(tar))).toEqual(["localhost/test/a:1", "localhost/test/b:1"]);
  expect(leftovers()).toEqual([]);
});

test("zstd comes in where Node has it, and what Node would leave out is refused; elsewhere it says what to do", async () => {
  const compress = (zlib as { zstdCompressSync?: (bytes: Uint8Array) => Buffer }).zstdCompressSync;
  const tar = await layoutTar(await buildImages([plan]));
  if (compress === undefined) {
    await expect(open(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]))).rejects.toMatchObject({
      name: "InvalidArchiveError",
      message: expect.stringMatching(/zstd/u),
      hint: expect.stringContaining("zstd -dc"),
    });
    return;
  }
  expect(await check(compress(tar))).toEqual([plan.name]);
  const frames = Buffer.concat([compress(tar), compress(tar)]);
  await expect(check(frames)).rejects.toThrow(/several zstd frames/u);
  expect(leftovers()).toEqual([]);
});

test("a layout in a folder is read where it lies", async () => {
  using folder = new SocketFolder();
  const source = await buildImages([plan]);
  mkdirSync(join(folder.path, "blobs/sha256"), { recursive: true });
  for (const file of await layoutFiles(source, await digestsOf(source))) {
    writeFileSync(join(folder.path, file.path), (file as { content: Uint8Array }).content);
  }
  const opened = await openLayoutFolder(folder.path);
  expect(opened.images).toMatchObject([{ name: plan.name, target: { digest: source.images[0]?.target.digest } }]);
  expect(await digestsOf(opened)).toHaveLength(3);
});

test("docker save's archive gets manifests of its own, a name per tag", async () => {
  expect(await check(await dockerSave())).toEqual(["a:1", "b"]);
});

test("two images of an old docker save share a layer by a link", async () => {
  const layer = Buffer.from(await tarOf(plan.files));
  const config = JSON.stringify({ rootfs: { diff_ids: [sha256(layer)] } });
  const manifest = JSON.stringify([{ Config: "c.json", RepoTags: ["a:1"], Layers: ["two/layer.tar"] }]);
  const files: ImageFile[] = [
    { path: "c.json", content: Buffer.from(config) },
    { path: "manifest.json", content: Buffer.from(manifest) },
    { path: "one/layer.tar", content: layer },
    { path: "two/layer.tar", linkTo: "../one/layer.tar" },
  ];
  expect(await check(await tarOf(files))).toEqual(["a:1"]);
});

test.each([0.1, 0.5, 0.9])("an archive that is cut off at %d is refused, packed or not", async (part) => {
  const tar = await layoutTar(await buildImages([plan]));
  const packed = zlib.gzipSync(tar);
  await expect(check(tar.subarray(0, tar.length * part))).rejects.toBeInstanceOf(InvalidArchiveError);
  await expect(check(packed.subarray(0, packed.length * part))).rejects.toBeInstanceOf(InvalidArchiveError);
  expect(leftovers()).toEqual([]);
});

test("one changed byte in a layer, a config or a manifest is noticed", async () => {
  const source = await buildImages([plan]);
  const files = await layoutFiles(source, await digestsOf(source));
  for (const [at, file] of files.entries()) {
    if (!file.path.startsWith("blobs/") || !("content" in file)) continue;
    const content = Buffer.from(file.content);
    content[content.length >> 1]! ^= 1;
    const changed = files.with(at, { ...file, content });
    await expect(check(await tarOf(changed)), file.path).rejects.toThrow(/was changed/u);
  }
});

test("a blob that is missing, longer or shorter than it should be is named", async () => {
  const source = await buildImages([plan]);
  const files = await layoutFiles(source, await digestsOf(source));
  const at = files.findIndex(({ path }) => path.startsWith("blobs/"));
  const file = files[at] as { path: string; content: Uint8Array };
  await expect(check(await tarOf(files.toSpliced(at, 1)))).rejects.toThrow(/is missing/u);
  for (const content of [Buffer.concat([file.content, Buffer.from("x")]), file.content.subarray(1)]) {
    await expect(check(await tarOf(files.with(at, { ...file, content })))).rejects.toThrow(/bytes instead of/u);
  }
});

test("a docker-archive whose layer is not the config's is refused", async () => {
  const archive = await dockerSave((files) => files.set("0/layer.tar", Buffer.from("other")));
  await expect(check(archive)).rejects.toThrow(/layer 1 was changed/u);
  const missing = await dockerSave((files) => files.delete("0/layer.tar"));
  await expect(check(missing)).rejects.toThrow(/layer 0\/layer.tar is missing/u);
});

test.each(["../outside", "/etc/passwd", "a/../../b"])(
  "an entry named %s is refused, and nothing is written",
  async (name) => {
    const tar = pack();
    tar.entry({ name }, "x");
    tar.finalize();
    const chunks: Uint8Array[] = [];
    for await (const chunk of tar) chunks.push(chunk as Uint8Array);
    await expect(check(Buffer.concat(chunks))).rejects.toThrow(/outside itself/u);
    expect(leftovers()).toEqual([]);
  },
);

test("a link that leads out of the archive is refused", async () => {
  await expect(check(await tarOf([{ path: "index.json", linkTo: "../../etc/passwd" }]))).rejects.toThrow(
    /outside itself/u,
  );
});

test("what is no image, empty, or no tar at all is refused in words", async () => {
  await expect(check(Buffer.alloc(0))).rejects.toThrow(/is empty/u);
  await expect(check(Buffer.from("hello".repeat(1000)))).rejects.toBeInstanceOf(InvalidArchiveError);
  await expect(check(await tarOf([{ path: "x", content: Buffer.from("y") }]))).rejects.toThrow(/has no manifest.json/u);
});

test("a digest that is a path, and JSON that claims to be huge, are refused before they are used", async () => {
  const target = { mediaType: mediaTypes.ociManifest, digest: "sha256:../../../etc/passwd", size: 3 };
  const index = (value: object) =>
    tarOf([{ path: "index.json", content: Buffer.from(JSON.stringify({ manifests: [value] })) }]);
  await expect(check(await index(target))).rejects.toThrow(/no sha256 digest/u);
  const huge = { ...descriptorOf(mediaTypes.ociManifest, Buffer.from("{}")), size: 2 ** 40 };
  await expect(check(await index(huge))).rejects.toThrow(/claims 1099511627776 bytes/u);
});

test("a file is read as a pipe is", async () => {
  using folder = new SocketFolder();
  const path = join(folder.path, "image.tar");
  writeFileSync(path, await layoutTar(await buildImages([plan])));
  await using archive = await openArchive(archiveFile(path));
  expect(archive.images.map(({ name }) => name)).toEqual([plan.name]);
  await expect(openArchive(archiveFile(join(folder.path, "none.tar")))).rejects.toMatchObject({ code: "ENOENT" });
});

test("a name that stands twice is refused: nobody could say which one was meant", async () => {
  const entry = { path: "index.json", content: Buffer.from('{"manifests":[]}') };
  const twice: readonly ImageFile[] = [entry, { path: "./index.json", linkTo: "other.json" }];
  await expect(check(await tarOf(twice))).rejects.toThrow(/has index\.json twice/u);
  await expect(check(await tarOf([entry, entry]))).rejects.toThrow(/has index\.json twice/u);
});

test("a link to an absolute path is refused as one that climbs out is", async () => {
  await expect(check(await tarOf([{ path: "a/index.json", linkTo: "/etc/passwd" }]))).rejects.toThrow(
    /outside itself/u,
  );
});

test("a header larger than any path is refused", async () => {
  const name = `${"a/".repeat(3000)}x`;
  await expect(check(await tarOf([{ path: name, content: Buffer.from("x") }]))).rejects.toThrow(/name of 6001 char/u);
});

test("more entries than any image has are refused, and what was unpacked of them is gone", async () => {
  const block = (await tarOf([{ path: "x/", folder: true }])).subarray(0, 512);
  const many = Buffer.concat(Array.from({ length: 20_001 }, () => block));
  await expect(check(zlib.gzipSync(many))).rejects.toThrow(/more than 20000 entries/u);
  expect(leftovers()).toEqual([]);
});

test.each(["index.json", "manifest.json"])("a huge %s is refused before it is read", async (path) => {
  const bomb = await tarOf([{ path, content: Buffer.alloc(9 * 1024 * 1024, 0x20) }]);
  await expect(check(zlib.gzipSync(bomb))).rejects.toThrow(/too large to be true: 9437184 bytes/u);
});

test("JSON of another shape is refused in words", async () => {
  for (const text of ["null", "[]", "7", '{"manifests":{}}', "{"]) {
    const index = await tarOf([{ path: "index.json", content: Buffer.from(text) }]);
    await expect(check(index), text).rejects.toThrow(/is no JSON object|lists no manifests|is not JSON/u);
  }
  const nothing = { mediaType: mediaTypes.ociManifest, digest: sha256(Buffer.from("null")), size: 4 };
  const manifest = await tarOf([
    { path: "index.json", content: Buffer.from(JSON.stringify({ manifests: [nothing] })) },
    { path: `blobs/${nothing.digest.replace(":", "/")}`, content: Buffer.from("null") },
  ]);
  await expect(check(manifest)).rejects.toThrow(/is no JSON object/u);
  await expect(check(await dockerSave((files) => files.set("0.json", Buffer.from("null"))))).rejects.toThrow(
    /is no JSON object/u,
  );
});

test("a pipe or a folder where a file should be is refused, not waited for", async () => {
  using folder = new SocketFolder();
  const index = join(folder.path, "index.json");
  execFileSync("mkfifo", [index]);
  await expect(openLayoutFolder(folder.path)).rejects.toThrow(/has no index\.json/u);
  rmSync(index);
  const target = { mediaType: mediaTypes.ociManifest, digest: sha256(Buffer.from("x")), size: 1 };
  writeFileSync(index, JSON.stringify({ manifests: [target] }));
  mkdirSync(join(folder.path, "blobs", target.digest.replace(":", "/")), { recursive: true });
  await expect(digestsOf(await openLayoutFolder(folder.path))).rejects.toThrow(/is missing/u);
});

test("a refused archive keeps no file open", async () => {
  using folder = new SocketFolder();
  const path = join(folder.path, "image.tar");
  const evil = [
    { path: "../x", content: Buffer.from("x") },
    { path: "y", content: Buffer.alloc(4_000_000) },
  ];
  writeFileSync(path, await tarOf(evil));
  await expect(openArchive(archiveFile(path))).rejects.toThrow(/outside itself/u);
  const isOpen = () => readdirSync("/proc/self/fd").some((fd) => linkOf(`/proc/self/fd/${fd}`) === path);
  await vi.waitUntil(() => !isOpen());
});

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // the descriptor that the listing itself had
  }
}

test("reading from a pipe that says nothing ends when it is given up, and leaves nothing", async () => {
  const giveUp = new AbortController();
  const reason = new Error("enough");
  async function* idle(): AsyncIterable<Uint8Array> {
    yield Buffer.alloc(100, "x");
    giveUp.abort(reason);
    await new Promise(() => undefined);
  }
  await expect(openArchive({ where: "the pipe", bytes: idle() }, giveUp.signal)).rejects.toMatchObject({
    name: "CancelledError",
    cause: reason,
  });
  expect(leftovers()).toEqual([]);
});
