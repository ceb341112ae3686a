import { describe, expect, test } from "vitest";
import { CancelledError, InvalidArchiveError } from "../../../src/errors.ts";
import { blobsOf } from "../../../src/images/image-blobs.ts";
import { type Descriptor, describe as descriptorOf, mediaTypes, type Platform } from "../../../src/oci/descriptor.ts";
import type { ImageSource } from "../../../src/oci/image-source.ts";
import { buildImages } from "../../../src/oci/image-writer.ts";
import { thisPlatform } from "../../../src/oci/platform.ts";
import { planOf } from "../oci/make-archive.ts";

const here = thisPlatform();
const foreign: Platform = { os: "linux", architecture: here.architecture === "s390x" ? "amd64" : "s390x" };

/** Blobs in memory: those of a source, and JSON of the test's own. */
function withJson(source: ImageSource, mediaType: string, value: object): { source: ImageSource; target: Descriptor } {
  const bytes = Buffer.from(JSON.stringify(value));
  const target = descriptorOf(mediaType, bytes);
  async function* read(digest: string): AsyncIterable<Uint8Array> {
    if (digest === target.digest) yield bytes;
    else yield* source.read(digest);
  }
  return { source: { ...source, read }, target };
}

/** An image for this machine and one for another, and an index of both. */
async function twoPlatforms(change: (manifests: Descriptor[]) => readonly object[] = (manifests) => manifests) {
  const built = await buildImages([planOf("a.io/a:1"), { ...planOf("a.io/b:1"), platform: foreign }]);
  const [ours, theirs] = built.images.map(({ target }) => target) as [Descriptor, Descriptor];
  const manifests = change([
    { ...theirs, platform: foreign },
    { ...ours, platform: here },
  ]);
  return { ours, theirs, ...withJson(built, mediaTypes.ociIndex, { schemaVersion: 2, manifests }) };
}

const missing: Descriptor = { mediaType: mediaTypes.ociManifest, digest: `sha256:${"0".repeat(64)}`, size: 7 };

describe("an image for one platform", () => {
  test("is its layers, its config and its manifest, which keeps them alive, and says what it runs on", async () => {
    const source = await buildImages([planOf("a.io/a:1")]);
    const { target } = source.images[0]!;
    const { blobs, config, platform } = await blobsOf(source, target);
    expect(platform).toEqual(here);
    expect(blobs.map(({ mediaType }) => mediaType)).toEqual([
      mediaTypes.ociLayer,
      mediaTypes.ociConfig,
      mediaTypes.ociManifest,
    ]);
    expect(blobs.at(-1)?.labels).toEqual({
      "containerd.io/gc.ref.content.config": config.digest,
      "containerd.io/gc.ref.content.l.0": blobs[0]?.digest,
    });
  });

  test("has a layer that stands in it twice only once, unless it claims two sizes for it", async () => {
    const built = await buildImages([planOf("a.io/a:1")]);
    const { target } = built.images[0]!;
    const { config, blobs } = await blobsOf(built, target);
    const layer = blobs[0] as Descriptor;
    const twice = withJson(built, mediaTypes.ociManifest, { config, layers: [layer, layer] });
    expect((await blobsOf(twice.source, twice.target)).blobs).toHaveLength(3);
    const lying = withJson(built, mediaTypes.ociManifest, { config, layers: [layer, { ...layer, size: 1 }] });
    await expect(blobsOf(lying.source, lying.target)).rejects.toBeInstanceOf(InvalidArchiveError);
  });

  test("is not read to its end when it is given up", async () => {
    const source = await buildImages([planOf("a.io/a:1")]);
    const reason = new Error("enough");
    await expect(
      blobsOf(source, source.images[0]!.target, { signal: AbortSignal.abort(reason) }),
    ).rejects.toMatchObject({ name: CancelledError.name, cause: reason });
  });

  test("is nothing else: a media type that is unknown is named", async () => {
    const { source, target } = withJson(await buildImages([]), "text/plain", {});
    await expect(blobsOf(source, target)).rejects.toThrow(/does not know what a 'text\/plain' is/u);
  });
});

describe("an index", () => {
  test("keeps the manifest for this machine alive, wherever it stands; the others may be missing", async () => {
    const { source, target, ours } = await twoPlatforms(([, one]) => [{ ...missing, platform: foreign }, one!]);
    const { blobs, ...image } = await blobsOf(source, target);
    expect(image).toMatchObject({ target, platform: here });
    expect(blobs.at(-1)).toMatchObject({ digest: target.digest });
    expect(blobs.at(-1)?.labels).toEqual({ "containerd.io/gc.ref.content.m.1": ours.digest });
  });

  test("is left out for another platform, because a runtime finds in it only what runs on its machine", async () => {
    const { source, target, theirs } = await twoPlatforms();
    const image = await blobsOf(source, target, { platform: foreign });
    expect(image).toMatchObject({ target: { digest: theirs.digest }, platform: foreign });
    expect(image.blobs.map(({ digest }) => digest)).not.toContain(target.digest);
  });

  test("may leave it to the configs to say what its manifests run on", async () => {
    const { source, target, ours } = await twoPlatforms((all) =>
      all.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    );
    const { blobs } = await blobsOf(source, target);
    expect(blobs.at(-1)?.labels).toEqual({ "containerd.io/gc.ref.content.m.1": ours.digest });
  });

  test("without the platform, or without its manifest, is refused, and what it has is said", async () => {
    const { source, target } = await twoPlatforms(([other]) => [{ ...missing, platform: here }, other!]);
    await expect(blobsOf(source, target)).rejects.toThrow(/no blob sha256:0000/u);
    await expect(blobsOf(source, target, { platform: { os: "plan9", architecture: "mips" } })).rejects.toThrow(
      new RegExp(`nothing for plan9/mips, only for linux/${here.architecture}, linux/${foreign.architecture}`, "u"),
    );
  });
});
