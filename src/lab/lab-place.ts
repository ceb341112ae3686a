import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import { LabError } from "../errors.ts";
import { labDir } from "./lab-index.ts";
import { labsFolder, requireUsableDir, requireUsableName } from "./lab-paths.ts";
import { readLabRecord, type LabRecord } from "./lab-record.ts";

/** Which lab is meant: by its name, by its folder, or the one named `default`. */
export interface LabPlace {
  /** A folder of the lab's own. Below `/var/lib/crikit/labs` when absent. */
  readonly dir?: string | undefined;
  /** Lower-case letters, digits and `-`, 32 at most. The folder's name when only that is given. */
  readonly name?: string | undefined;
}

/** A name and a folder, and the lab that is there. */
export interface FoundPlace {
  readonly name: string;
  readonly dir: string;
  readonly record: LabRecord | undefined;
}

/**
 * Finds the place that is meant, whether a lab is there or not.
 *
 * @throws {LabError} when name or folder will not do, or belong to different labs
 */
export async function placeOf(place: LabPlace): Promise<FoundPlace> {
  const asked = place.dir === undefined ? undefined : resolve(place.dir);
  if (asked !== undefined) requireUsableDir(asked);
  if (place.name !== undefined) requireUsableName(place.name);
  const inFolder = asked === undefined ? undefined : await readLabRecord(asked);
  const name = place.name ?? inFolder?.name ?? (asked === undefined ? "default" : nameOf(asked));
  const noted = await labDir(name);
  const dir = asked ?? noted ?? `${labsFolder}/${name}`;
  if ((noted !== undefined && noted !== dir) || (inFolder !== undefined && inFolder.name !== name)) {
    throw new LabError(
      noted !== undefined && noted !== dir
        ? `the lab '${name}' lives in ${noted}, not in ${dir}`
        : `the lab in ${dir} is named '${inFolder?.name}', not '${name}'`,
      { hint: "say its name or its folder, not both" },
    );
  }
  return { name, dir, record: inFolder ?? (await readLabRecord(dir)) };
}

/** A name for a lab that was given a folder only. */
function nameOf(dir: string): string {
  const last = basename(dir);
  if (/^[a-z0-9][a-z0-9-]{0,31}$/u.test(last)) return last;
  return `lab-${createHash("sha256").update(dir).digest("hex").slice(0, 8)}`;
}
