import { readOf } from "./process.ts";

/** Numbers of users or groups, inside and outside of a user namespace. */
export interface IdMap {
  /** What a number inside is outside; itself where there is none, since nobody inside can mean it. */
  readonly outside: (inside: number) => number;
  /** What a number outside is seen as inside: where there is none, as nobody's. */
  readonly inside: (outside: number) => number;
}

/** What the kernel shows in place of a number that a namespace does not have: /proc/sys/kernel/overflowuid. */
const nobody = 65_534;

/** The map of a process, from `/proc/PID/uid_map` or `gid_map`. Without one, numbers are the same on both sides. */
export async function readIdMap(path: string): Promise<IdMap> {
  return parseIdMap((await readOf(path)) ?? "");
}

/** Reads the text of a map: the first number inside, the first outside, and how many, one range a line. @see user_namespaces(7) */
export function parseIdMap(text: string): IdMap {
  const ranges = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [inside = 0, outside = 0, count = 0] = line.trim().split(/\s+/u).map(Number);
      return { inside, outside, count };
    });
  const translate = (id: number, from: "inside" | "outside", to: "inside" | "outside"): number | undefined => {
    const range = ranges.find((one) => id >= one[from] && id < one[from] + one.count);
    return range === undefined ? undefined : id - range[from] + range[to];
  };
  return {
    outside: (id) => translate(id, "inside", "outside") ?? id,
    inside: (id) => translate(id, "outside", "inside") ?? (ranges.length === 0 ? id : nobody),
  };
}
