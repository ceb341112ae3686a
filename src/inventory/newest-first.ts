/** How many of a list are kept. */
export interface Cut {
  /** The newest one alone. */
  readonly latest?: boolean | undefined;
  /** So many of the newest. */
  readonly last?: number | undefined;
}

/** Sorts by the time of creation, the newest first, and keeps as many as asked for. */
export function newestFirst<Item extends { readonly createdAt: bigint }>(
  items: readonly Item[],
  { latest = false, last }: Cut = {},
): readonly Item[] {
  const sorted = items.toSorted((a, b) => (a.createdAt === b.createdAt ? 0 : a.createdAt > b.createdAt ? -1 : 1));
  return sorted.slice(0, latest ? 1 : (last ?? sorted.length));
}
