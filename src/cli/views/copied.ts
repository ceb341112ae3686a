import type { Copied } from "../../copy/entry.ts";
import type { View } from "../outcome.ts";
import { humanSize } from "./human.ts";
import { printable } from "./printable.ts";

/** How much was copied, and what was not. */
export const copiedView: View<Copied> = ({ files, bytes, skipped }) =>
  [
    `copied ${files} ${files === 1 ? "file" : "files"}, ${humanSize(bytes)}`,
    ...skipped.map(({ path, why }) => `left out ${printable(path)}: it is ${why}`),
  ].join("\n");
