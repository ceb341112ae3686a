import type { FilesystemUsage, ImageFsInfoResponse } from "../../cri/messages.ts";
import { age, humanSize } from "./human.ts";
import { table } from "./table.ts";

interface Row {
  readonly holds: string;
  readonly usage: FilesystemUsage;
}

/** Where images and writable layers are, and what they take. */
export function imageFsInfoView(
  { imageFilesystems, containerFilesystems }: ImageFsInfoResponse,
  { color, now }: { readonly color: boolean; readonly now: Date },
): string {
  const rows: readonly Row[] = [
    ...imageFilesystems.map((usage) => ({ holds: "images", usage })),
    ...containerFilesystems.map((usage) => ({ holds: "containers", usage })),
  ];
  return table(
    [
      { head: "HOLDS", cell: ({ holds }) => holds },
      { head: "USED", cell: ({ usage: { usedBytes } }) => (usedBytes === undefined ? "" : humanSize(usedBytes.value)) },
      {
        head: "INODES",
        cell: ({ usage: { inodesUsed } }) => (inodesUsed === undefined ? "" : String(inodesUsed.value)),
      },
      { head: "MEASURED", cell: ({ usage: { timestamp } }) => age(timestamp, now) },
      { head: "PATH", cell: ({ usage: { fsId } }) => fsId?.mountpoint ?? "" },
    ],
    rows,
    { color },
  );
}
