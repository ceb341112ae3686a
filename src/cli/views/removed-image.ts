import { printable } from "./printable.ts";

/** An image that has gone, or would. */
export interface RemovedImage {
  readonly id: string;
  /** Its tags, or its digests where it had no tag. */
  readonly names: readonly string[];
  readonly dryRun: boolean;
}

/** A line a name, as crictl says it; its id where it has none. */
export function removedImageView({ id, names, dryRun }: RemovedImage): string {
  const verb = dryRun ? "Would delete" : "Deleted";
  return (names.length === 0 ? [id] : names).map((name) => `${verb}: ${printable(name)}`).join("\n");
}
