import type { HistoryStep } from "../../images/image-history.ts";
import type { ListColumn, ListKind } from "../list.ts";
import { age, humanSize, shortId } from "./human.ts";

/** How much of a step's command a table shows. */
const shownCharacters = 45;

const columns: readonly ListColumn<HistoryStep>[] = [
  { head: "LAYER", cell: ({ layer = "<none>" }, { full }) => (full || layer === "<none>" ? layer : shortId(layer)) },
  {
    head: "CREATED",
    cell: ({ created }, { now }) => createdText(created, now),
    key: ({ created }) => Date.parse(created) || 0,
  },
  { head: "CREATED BY", cell: ({ createdBy }, { full }) => (full ? createdBy : cut(createdBy)) },
  { head: "SIZE", cell: ({ sizeBytes }) => humanSize(sizeBytes), key: ({ sizeBytes }) => sizeBytes },
  { head: "COMMENT", cell: ({ comment }) => comment },
];

/** The steps of an image's making. */
export const historyKind: ListKind<HistoryStep> = {
  columns,
  id: ({ layer = "<none>" }) => layer,
  toJson: (step) => step,
  key: "history",
};

/** Not every builder writes a time, and many write the same one always. */
function createdText(created: string, now: Date): string {
  const milliseconds = Date.parse(created);
  return Number.isNaN(milliseconds) ? "" : age(BigInt(milliseconds) * 1_000_000n, now);
}

function cut(text: string): string {
  const characters = Array.from(text);
  return characters.length <= shownCharacters ? text : `${characters.slice(0, shownCharacters - 1).join("")}…`;
}
