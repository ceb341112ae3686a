import type { Place } from "../../inventory/place.ts";
import type { ListColumn } from "../list.ts";

/** An object, and where it runs where that was asked for. */
export type Placed<Item> = Item & { readonly place?: Place | undefined };

/** What `-o wide` shows of a place. */
export const placeColumns: readonly ListColumn<{ readonly place?: Place | undefined }>[] = [
  { head: "PID", cell: ({ place }) => String(place?.pid ?? "-"), key: ({ place }) => place?.pid ?? 0 },
  { head: "IP", cell: ({ place }) => (place?.ips ?? []).join(",") || "-" },
  { head: "NETNS", cell: ({ place }) => place?.netns ?? "-" },
];
