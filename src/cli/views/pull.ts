import type { PullProgress } from "../../images/pull-progress.ts";
import { humanSize } from "./human.ts";
import { printable } from "./printable.ts";

/** What a pull came to. */
export interface Pulled {
  readonly image: string;
  readonly imageRef: string;
}

/** As crictl says it. */
export function pullView({ imageRef }: Pulled): string {
  return `Image is up to date for ${printable(imageRef)}`;
}

/** How far a pull is, as a few words; where that is not known, what is pulled alone. */
export function pullText(image: string, progress?: PullProgress): string {
  const { bytes = 0, totalBytes, layersDone, layers } = progress ?? {};
  if (totalBytes === undefined || layers === undefined) return `pulling ${image}`;
  if (layersDone === layers) return `pulling ${image}: all ${humanSize(totalBytes)} here, unpacking`;
  return `pulling ${image}: ${humanSize(bytes)} of ${humanSize(totalBytes)}, ${layersDone} of ${layers} layers`;
}
