import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createContainerdServices } from "../../src/containerd/services.ts";
import type { Connection } from "../../src/cri/connect.ts";
import { InvalidArchiveError } from "../../src/errors.ts";
import { blobsOf } from "../../src/images/image-blobs.ts";
import { loadImages } from "../../src/images/load.ts";
import { Lab } from "../../src/lab/lab.ts";
import { openArchive } from "../../src/oci/archive.ts";
import type { ImageSource } from "../../src/oci/image-source.ts";
import { buildImages, type ImagePlan, layoutFiles, tarOf } from "../../src/oci/image-writer.ts";
import { thisPlatform } from "../../src/oci/platform.ts";
import { containerds } from "./labs.ts";

const plan: ImagePlan = {
  name: "localhost/test/loaded:1",
  platform: thisPlatform(),
  files: [{ path: "hello", content: Buffer.alloc(3_000_000, "hello") }], // more than one piece
  config: { Cmd: ["/hello"] },
};

describe.each(containerds)("loading images into $name", ({ path }) => {
  let lab: Lab;
  let connection: Connection;
  beforeAll(async () => {
    lab = await Lab.start({ name: `load-test-${process.pid}`, containerd: path, ephemeral: true });
    connection = await lab.connect();
  });
  afterAll(async () => {
    connection.close();
    await lab.down();
  });

  /** Everything that loading could leave: blobs, what is being written, leases, names. */
  async function stored(): Promise<unknown> {
    const { content, leases, images } = createContainerdServices(connection.caller);
    const digests: string[] = [];
    for await (const { info } of content.list({})) digests.push(...info.map(({ digest }) => digest));
    return {
      digests: digests.toSorted(),
      writing: (await content.listStatuses({})).statuses.length,
      leases: (await leases.list({})).leases.map(({ id }) => id),
      names: (await images.list({})).images.map(({ name }) => name).toSorted(),
    };
  }

  test("CRI has the image at once, under its name and its id; nothing is left of the writing", async () => {
    const before = (await stored()) as { leases: string[] };
    const [loaded] = await loadImages(connection, await buildImages([plan]));
    const { image } = await connection.image.imageStatus({ image: { image: plan.name } });
    expect(image).toMatchObject({ id: loaded!.id, repoTags: [plan.name] });
    expect(await stored()).toMatchObject({ leases: before.leases, writing: 0 });
    await connection.image.removeImage({ image: { image: plan.name } });
  });

  test("a name that is there gets the new image, twice the same is harmless, at once too", async () => {
    const first = await buildImages([plan]);
    const second = await buildImages([{ ...plan, config: { Cmd: ["/other"] } }]);
    await loadImages(connection, first);
    const [loaded] = await loadImages(connection, second);
    await Promise.all([loadImages(connection, second), loadImages(connection, second)]);
    const { image } = await connection.image.imageStatus({ image: { image: plan.name } });
    expect(image?.id).toBe(loaded!.id);
    await connection.image.removeImage({ image: { image: plan.name } });
  });

  test("a changed blob is refused before anything is written", async () => {
    const source = await buildImages([plan]);
    const { blobs } = await blobsOf(source, source.images[0]!.target);
    const files = await layoutFiles(
      source,
      blobs.map(({ digest }) => digest),
    );
    const [layer] = files.filter((file) => "content" in file && file.content.byteLength > 1_000_000);
    const content = Buffer.from((layer as { content: Uint8Array }).content);
    content[2_000_000]! ^= 1;
    const tar = await tarOf(files.map((file) => (file === layer ? { ...layer, content } : file)));
    const before = await stored();
    const loading = async (): Promise<unknown> => {
      await using archive = await openArchive({
        where: "x",
        bytes: (async function* () {
          yield tar;
        })(),
      });
      return await loadImages(connection, archive);
    };
    await expect(loading()).rejects.toBeInstanceOf(InvalidArchiveError);
    expect(await stored()).toEqual(before);
  });

  test("a source that breaks off while it is written leaves nothing, and no name", async () => {
    const source = await buildImages([plan]);
    let reads = 0;
    const breaking: ImageSource = {
      ...source,
      async *read(digest) {
        const isLayer = digest === (await blobsOf(source, source.images[0]!.target)).blobs[0]!.digest;
        for await (const chunk of source.read(digest)) {
          if (isLayer && reads++ > 0) {
            yield chunk.subarray(0, 1_500_000);
            throw new InvalidArchiveError("the disk went away");
          }
          yield chunk;
        }
      },
    };
    const before = await stored();
    await expect(loadImages(connection, breaking)).rejects.toThrow("the disk went away");
    expect(await stored()).toEqual(before);
  });

  test("given up in the middle it leaves nothing", async () => {
    const before = await stored();
    const giveUp = new AbortController();
    const loading = loadImages(connection, await buildImages([plan]), {
      signal: giveUp.signal,
      onProgress: (step) => step.startsWith("loading") && giveUp.abort(),
    });
    await expect(loading).rejects.toMatchObject({ code: "cancelled" });
    expect(await stored()).toEqual(before);
  });
});
