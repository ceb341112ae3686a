import { createHash } from "node:crypto";
import { InvalidArchiveError } from "../errors.ts";

/** What names a blob: its digest, its size, and what it is. @see OCI image-spec descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly platform?: Platform | undefined;
}

/** What an image runs on. @see OCI image-spec image-index.md, platform */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/** The media types of OCI and of Docker's schema 2 that mean the same. */
export const mediaTypes = {
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  ociLayer: "application/vnd.oci.image.layer.v1.tar",
  ociLayerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
} as const;

/** Whether it lists manifests, one a platform. */
export function isIndex({ mediaType }: Pick<Descriptor, "mediaType">): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerIndex;
}

/** Whether it is one image for one platform. */
export function isManifest({ mediaType }: Pick<Descriptor, "mediaType">): boolean {
  return mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest;
}

/** `sha256:…` of some bytes. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The descriptor of a blob that is at hand. */
export function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: sha256(bytes), size: bytes.byteLength };
}

/**
 * Takes a descriptor from JSON that somebody else wrote: what it names becomes part of paths and requests.
 *
 * @throws {InvalidArchiveError} when it is none; `where` names the JSON it stood in
 */
export function readDescriptor(value: unknown, where: string): Descriptor {
  const { mediaType, digest, size, annotations, platform } = (value ?? {}) as Partial<
    Record<keyof Descriptor, unknown>
  >;
  if (typeof digest !== "string" || !/^sha256:[0-9a-f]{64}$/u.test(digest)) {
    throw new InvalidArchiveError(`${where} names a blob by '${String(digest)}', which is no sha256 digest`);
  }
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw new InvalidArchiveError(`${where} gives no size for ${digest}`);
  }
  return {
    mediaType: typeof mediaType === "string" ? mediaType : "",
    digest,
    size,
    annotations: stringMap(annotations),
    platform: readPlatform(platform),
  };
}

/** Takes a platform from JSON that somebody else wrote; `undefined` when it is none. */
export function readPlatform(value: unknown): Platform | undefined {
  const { os, architecture, variant } = (value ?? {}) as Record<string, unknown>;
  if (typeof os !== "string" || typeof architecture !== "string") return undefined;
  return { os, architecture, ...(typeof variant === "string" ? { variant } : {}) };
}

function stringMap(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
