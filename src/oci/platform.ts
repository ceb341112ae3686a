import { arch } from "node:os";
import type { Platform } from "./descriptor.ts";

/** Node's names of architectures where OCI's are others. @see Go's GOARCH */
const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };

/** What images have to be made for to run on this machine. */
export function thisPlatform(): Platform {
  return { os: "linux", architecture: architectures[arch()] ?? arch() };
}

/** A platform as `--platform` takes it. */
export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}

/** Whether an image for `offered` runs on `wanted`; a variant matters only where both name one. */
export function runsOn(offered: Platform | undefined, wanted: Platform): boolean {
  if (offered === undefined || offered.os !== wanted.os || offered.architecture !== wanted.architecture) return false;
  return offered.variant === undefined || wanted.variant === undefined || offered.variant === wanted.variant;
}
