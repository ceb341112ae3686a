import type { LoadedImage } from "../../images/load.ts";
import { printable } from "./printable.ts";

/** What was loaded, an image a line. */
export function loadView(images: readonly LoadedImage[]): string {
  return images.map(({ name, digest }) => `loaded ${printable(name)} ${digest}`).join("\n");
}
