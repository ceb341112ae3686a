import { blobsOf } from "../../../src/images/image-blobs.ts";
import { sha256 } from "../../../src/oci/descriptor.ts";
import type { ImageSource } from "../../../src/oci/image-source.ts";
import { type ImageFile, type ImagePlan, layoutFiles, tarOf } from "../../../src/oci/image-writer.ts";
import { thisPlatform } from "../../../src/oci/platform.ts";

/** An image of one file. */
export function planOf(name: string, text = name): ImagePlan {
  const content = Buffer.from(text.repeat(1000));
  return { name, platform: thisPlatform(), files: [{ path: "hello", content }], config: { Cmd: ["/hello"] } };
}

/** Of all blobs that loading the source would write. */
export async function digestsOf(source: ImageSource): Promise<readonly string[]> {
  const all = await Promise.all(source.images.map(({ target }) => blobsOf(source, target)));
  return [...new Set(all.flatMap(({ blobs }) => blobs.map(({ digest }) => digest)))];
}

/** An OCI layout as a tar. */
export async function layoutTar(source: ImageSource): Promise<Buffer> {
  return Buffer.from(await tarOf(await layoutFiles(source, await digestsOf(source))));
}

/** What `docker save` writes: each plan under its tags. Every file of it may be changed before it is packed. */
export async function dockerArchive(
  images: readonly { readonly plan: ImagePlan; readonly tags: readonly string[] }[],
  change: (files: Map<string, Uint8Array>) => void = () => undefined,
): Promise<Buffer> {
  const files = new Map<string, Uint8Array>();
  const manifest: object[] = [];
  for (const [at, { plan, tags }] of images.entries()) {
    const layer = await tarOf(plan.files);
    const { os, architecture } = plan.platform;
    const rootfs = { type: "layers", diff_ids: [sha256(layer)] };
    files.set(`${at}.json`, Buffer.from(JSON.stringify({ os, architecture, config: plan.config, rootfs })));
    files.set(`${at}/layer.tar`, layer);
    manifest.push({ Config: `${at}.json`, RepoTags: tags, Layers: [`${at}/layer.tar`] });
  }
  files.set("manifest.json", Buffer.from(JSON.stringify(manifest)));
  change(files);
  return Buffer.from(await tarOf([...files].map(([path, content]): ImageFile => ({ path, content }))));
}
