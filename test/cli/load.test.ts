import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blobsOf } from "../../src/images/image-blobs.ts";
import { Lab } from "../../src/lab/lab.ts";
import { buildImages, layoutFiles, tarOf } from "../../src/oci/image-writer.ts";
import { thisPlatform } from "../../src/oci/platform.ts";
import { crikit, shell } from "./crikit.ts";

const folder = mkdtempSync(join(tmpdir(), "crikit-load-"));
const archive = join(folder, "image.tar");
const image = "registry.test/crikit/hello:1.0";
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({ name: `cli-load-${process.pid}`, ephemeral: true });
  const source = await buildImages([
    { name: image, platform: thisPlatform(), files: [{ path: "hello", content: Buffer.from("hello") }], config: {} },
  ]);
  const digests = new Set<string>();
  for (const { target } of source.images) {
    digests.add(target.digest);
    for (const { digest } of (await blobsOf(source, target, {})).blobs) digests.add(digest);
  }
  writeFileSync(archive, await tarOf(await layoutFiles(source, [...digests])));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await lab.down();
});

const load = (argv: readonly string[], stdin?: Uint8Array) =>
  crikit(["-r", lab.endpoint, "load", ...argv], stdin === undefined ? {} : { stdin });

describe("an archive is loaded", () => {
  test("from a file, and CRI has its image at once", async () => {
    const end = await load([archive]);
    expect(end).toMatchObject({ code: 0, stderr: "" });
    expect(end.stdout).toMatch(new RegExp(`^loaded ${image} sha256:[0-9a-f]{64}\\n$`, "u"));
    await using connection = await lab.connect();
    expect((await connection.image.imageStatus({ image: { image } })).image?.repoTags).toEqual([image]);
  });

  test("from standard input, packed, under another name", async () => {
    const end = await load(["-", "--tag", "registry.test/other:2"], gzipSync(readFileSync(archive)));
    expect(end).toMatchObject({ code: 0, stderr: "" });
    expect(end.stdout).toMatch(/^loaded registry\.test\/other:2 sha256:/u);
  });

  test("as docker load takes it, with -i", async () => {
    const end = await load(["-i", archive, "-o", "json"]);
    expect(JSON.parse(end.stdout)).toEqual([
      {
        name: image,
        digest: expect.stringMatching(/^sha256:/u),
        id: expect.stringMatching(/^sha256:/u),
        platform: expect.stringMatching(/^linux\//u),
        sizeBytes: expect.any(Number),
      },
    ]);
  });

  test("as a folder", async () => {
    await shell(`mkdir ${folder}/layout && tar -C ${folder}/layout -xf ${archive}`);
    expect((await load([`${folder}/layout`])).stdout).toMatch(new RegExp(`^loaded ${image} `, "u"));
  });
});

describe("nothing is loaded", () => {
  test("from an archive that is cut short", async () => {
    const bytes = readFileSync(archive);
    const end = await load(["-"], bytes.subarray(0, bytes.length / 2));
    expect(end).toMatchObject({ code: 1, stdout: "" });
    expect(end.stderr).toMatch(/^crikit: .*standard input/u);
  });

  test("from a file that is not there, which is no bug of crikit's", async () => {
    const end = await load(["/nope/image.tar"]);
    expect(end).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^crikit: ENOENT.*\/nope\/image\.tar'\n$/u),
    });
  });

  test.each([[[]], [[archive, "-i", archive]]])("when it is not clear from where: %j", async (argv) => {
    const end = await load(argv);
    expect(end).toMatchObject({ code: 2, stdout: "" });
    expect(end.stderr).toBe("crikit: name one archive, or - for standard input\nhint: see 'crikit load --help'\n");
  });
});

test("--debug says what load does, step by step", async () => {
  const { stdout, stderr } = await load(["-D", archive]);
  expect(stderr).toContain(`\nloading ${image} for linux/`);
  expect(stderr).toMatch(/^debug: ImageStatus on unix:/mu);
  expect(stdout).toMatch(/^loaded /u);
});
