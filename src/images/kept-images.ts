import type { Line } from "../cri/connect.ts";
import type { Image } from "../cri/messages.ts";
import { parseStatusInfo } from "../cri/verbose-info/verbose-info.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { namesAndId, spellings } from "./image-words.ts";

/**
 * Which images must not go unless somebody names them: those that are pinned, and the one that the runtime's configuration
 * names for its pod sandboxes. Runtimes have not always pinned that one, and without it no pod starts.
 *
 * @see CRI Image.pinned; the verbose info of Status, whose `config` has `sandboxImage` in containerd 1.x
 */
export async function keepers(line: Line, options: CallOptions = {}): Promise<(image: Image) => boolean> {
  const { info } = await line.runtime.status({ verbose: true }, options);
  const { config } = await parseStatusInfo(info["config"] === undefined ? {} : { config: info["config"] });
  const sandboxImage = (config as { readonly sandboxImage?: unknown } | undefined)?.sandboxImage;
  const kept = new Set(typeof sandboxImage === "string" ? spellings(sandboxImage) : []);
  return (image) => image.pinned || namesAndId(image).some((name) => kept.has(name));
}
