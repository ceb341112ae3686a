import type { LoadedImage } from "../../images/load.ts";

/** What was loaded, an image a line. */
export function loadView(images: readonly LoadedImage[]): string {
  return images.map(({ name, digest }) => `loaded ${name} ${digest}`).join("\n");
}
