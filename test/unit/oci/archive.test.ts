import { readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import { InvalidArchiveError } from "../../../src/errors.ts";
import { blobsOf } from "../../../src/images/image-blobs.ts";
import { buildLabImages } from "../../../src/images/lab-images.ts";
import { archiveFile, openArchive, type UnpackedArchive } from "../../../src/oci/archive.ts";
import { describe as descriptorOf, mediaTypes, sha256 } from "../../../src/oci/descriptor.ts";
import type { ImageSource } from "../../../src/oci/image-source.ts";
import { buildImages, type ImageFile, type ImagePlan, layoutFiles, tarOf } from "../../../src/oci/image-writer.ts";
import { openLayoutFolder } from "../../../src/oci/layout.ts";
import { thisPlatform } from "../../../src/oci/platform.ts";
import { SocketFolder } from "../rpc/fake-runtime.ts";

const plan: ImagePlan = {
  name: "localhost/test/a:1",
  platform: thisPlatform(),
  files: [{ path: "hello", content: Buffer.from("hello".repeat(1000)) }],
  config: { Cmd: ["/hello"] },
};

async function digestsOf(source: ImageSource): Promise<readonly string[]> {
  const all = await Promise.all(source.images.map(({ target }) => blobsOf(source, target)));
  return [...new Set(all.flatMap(({ blobs }) => blobs.map(({ digest }) => digest)))];
}

async function layoutTar(source: ImageSource): Promise<Buffer> {
  return Buffer.from(await tarOf(await layoutFiles(source, await digestsOf(source))));
}

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

async function dockerArchive(change: (files: Map<string, Uint8Array>) => void = () => undefined): Promise<Buffer> {
  const layer = await tarOf(plan.files);
  const config = JSON.stringify({ os: "linux", rootfs: { type: "layers", diff_ids: [sha256(layer)] } });
  const manifest = [{ Config: "c.json", RepoTags: ["a:1", "b"], Layers: ["l/layer.tar"] }];
  const files = new Map<string, Uint8Array>([
    ["c.json", Buffer.from(config)],
    ["l/layer.tar", layer],
    ["manifest.json", Buffer.from(JSON.stringify(manifest))],
  ]);
  change(files);
  return Buffer.from(await tarOf([...files].map(([path, content]) => ({ path, content }))));
}

function leftovers(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("crikit-archive-"));
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

test("zstd comes in where Node has it, and is refused in words where it has not", async () => {
  const compress = (zlib as { zstdCompressSync?: (bytes: Uint8Array) => Buffer }).zstdCompressSync;
  const tar = await layoutTar(await buildImages([plan]));
  if (compress !== undefined) expect(await check(compress(tar))).toEqual([plan.name]);
  else await expect(open(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]))).rejects.toThrow(/zstd/u);
});

test("a layout in a folder is read where it lies", async () => {
  using folder = new SocketFolder();
  const source = await buildImages([plan]);
  const { mkdirSync } = await import("node:fs");
  mkdirSync(join(folder.path, "blobs/sha256"), { recursive: true });
  for (const file of await layoutFiles(source, await digestsOf(source))) {
    writeFileSync(join(folder.path, file.path), (file as { content: Uint8Array }).content);
  }
  const opened = await openLayoutFolder(folder.path);
  expect(opened.images).toMatchObject([{ name: plan.name, target: { digest: source.images[0]?.target.digest } }]);
  expect(await digestsOf(opened)).toHaveLength(3);
});

test("docker save's archive gets manifests of its own, a name per tag", async () => {
  expect(await check(await dockerArchive())).toEqual(["docker.io/library/a:1", "docker.io/library/b:latest"]);
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
  expect(await check(await tarOf(files))).toEqual(["docker.io/library/a:1"]);
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
  const archive = await dockerArchive((files) => files.set("l/layer.tar", Buffer.from("other")));
  await expect(check(archive)).rejects.toThrow(/layer 1 was changed/u);
  const missing = await dockerArchive((files) => files.delete("l/layer.tar"));
  await expect(check(missing)).rejects.toThrow(/layer l\/layer.tar is missing/u);
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

test("of an index the manifest for the platform has to be whole, the others may be missing", async () => {
  const source = await buildImages([plan]);
  const [image] = source.images;
  const other = {
    mediaType: mediaTypes.ociManifest,
    digest: `sha256:${"0".repeat(64)}`,
    size: 7,
    platform: { os: "linux", architecture: "s390x" },
  };
  const index = Buffer.from(JSON.stringify({ manifests: [other, { ...image!.target, platform: thisPlatform() }] }));
  const target = descriptorOf(mediaTypes.ociIndex, index);
  const withIndex: ImageSource = {
    ...source,
    images: [{ name: "x", target }],
    read: (digest) => (digest === target.digest ? bytesOf(index) : source.read(digest)),
  };
  const { blobs } = await blobsOf(withIndex, target);
  expect(blobs.at(-1)).toMatchObject({
    digest: target.digest,
    labels: { "containerd.io/gc.ref.content.m.1": image!.target.digest },
  });
  await expect(blobsOf(withIndex, target, { platform: other.platform })).rejects.toBeInstanceOf(InvalidArchiveError);
  await expect(blobsOf(withIndex, target, { platform: { os: "plan9", architecture: "mips" } })).rejects.toThrow(
    /has nothing for plan9\/mips/u,
  );
});

test("a file is read as a pipe is", async () => {
  using folder = new SocketFolder();
  const path = join(folder.path, "image.tar");
  writeFileSync(path, await layoutTar(await buildImages([plan])));
  await using archive = await openArchive(archiveFile(path));
  expect(archive.images.map(({ name }) => name)).toEqual([plan.name]);
  await expect(openArchive(archiveFile(join(folder.path, "none.tar")))).rejects.toMatchObject({ code: "ENOENT" });
});
