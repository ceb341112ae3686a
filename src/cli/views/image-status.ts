import { Image } from "../../cri/messages.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import { mergedStatus } from "../../cri/verbose-info/merged-status.ts";
import type { VerboseInfo } from "../../cri/verbose-info/verbose-info.ts";
import type { Inspected } from "../inspect.ts";
import { details } from "./details.ts";
import { detailsOf } from "./images.ts";

/** An image's status as crictl prints it, the verbose info beside it. */
export async function inspectedImage(status: Image, info: VerboseInfo): Promise<Inspected<Image>> {
  return { status, merged: await mergedStatus(toProtoJson(Image, status), info) };
}

/** The part of an image's config that containerd and CRI-O tell. @see OCI image-spec config.md */
interface Told {
  readonly info?: {
    readonly imageSpec?: {
      readonly created?: unknown;
      readonly os?: unknown;
      readonly architecture?: unknown;
      readonly config?: { readonly Entrypoint?: unknown; readonly Cmd?: unknown; readonly Labels?: unknown };
    };
  };
}

/** An image for people. */
export function imageStatusView({ status, merged }: Inspected<Image>): string {
  const { created, os, architecture, config } = (merged as Told).info?.imageSpec ?? {};
  const told = details({
    Created: typeof created === "string" ? created : undefined,
    Platform: typeof os === "string" && typeof architecture === "string" ? `${os}/${architecture}` : undefined,
    Entrypoint: words(config?.Entrypoint),
    Cmd: words(config?.Cmd),
  });
  return [detailsOf(status), told].filter((text) => text !== "").join("\n");
}

function words(value: unknown): string | undefined {
  return Array.isArray(value) ? JSON.stringify(value) : undefined;
}
