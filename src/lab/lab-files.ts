import { mkdir, writeFile } from "node:fs/promises";
import { cniConfig } from "./cni-config.ts";
import { containerdConfig } from "./containerd-config.ts";
import { labPaths } from "./lab-paths.ts";
import type { LabRecord } from "./lab-record.ts";
import type { Machine, SnapshotterChoice } from "./machine.ts";
import type { Programs } from "./programs.ts";
import { saboteurScript, type Saboteur } from "./saboteur.ts";
import { saboteurAliases, saboteurs } from "./saboteur-list.ts";
import { toToml } from "./toml.ts";

/** What the files of a lab are made from. */
export interface LabFiles {
  readonly programs: Programs;
  readonly machine: Machine;
  readonly snapshotter: SnapshotterChoice["snapshotter"];
}

/** The lab's runtime handlers by name, each with the program that stands behind it. The default one is first. */
export function labHandlers(
  { runc, crun }: Programs,
  { dir, withSaboteurs }: { readonly dir: string; readonly withSaboteurs: boolean },
): Readonly<Record<string, string>> {
  const faults = withSaboteurs ? Object.keys(wrappers) : [];
  return {
    runc: runc.path,
    ...(crun === undefined ? {} : { crun: crun.path }),
    ...Object.fromEntries(faults.map((name) => [name, `${labPaths(dir).saboteurs}/${name}`])),
  };
}

/** Writes everything that the lab's containerd reads when it starts. */
export async function writeLabFiles(record: LabRecord, { programs, machine, snapshotter }: LabFiles): Promise<void> {
  const paths = labPaths(record.dir);
  for (const folder of [paths.temp, paths.cniConfig, paths.registries, paths.nothing, paths.saboteurs]) {
    await mkdir(folder, { mode: 0o711 });
  }
  const withSaboteurs = record.handlers.some((handler) => handler in wrappers);
  const config = containerdConfig({
    version: programs.containerd,
    paths,
    snapshotter,
    restrictOomScoreAdj: !machine.canLowerOomScore,
    disableAppArmor: !machine.hasAppArmor,
    cniPlugins: programs.cniPlugins,
    handlers: labHandlers(programs, { dir: record.dir, withSaboteurs }),
  });
  await writeFile(paths.config, toToml(config), { mode: 0o600 });
  const network = JSON.stringify(cniConfig(record.network, paths.ipam), null, 2);
  await writeFile(`${paths.cniConfig}/10-crikit.conflist`, `${network}\n`, { mode: 0o600 });
  if (!withSaboteurs) return;
  for (const [name, saboteur] of Object.entries(wrappers)) {
    await writeFile(`${paths.saboteurs}/${name}`, saboteurScript(saboteur, programs.runc.path), { mode: 0o755 });
  }
}

const wrappers: Readonly<Record<string, Saboteur>> = {
  ...Object.fromEntries(saboteurs.map((saboteur) => [saboteur.name, saboteur])),
  ...saboteurAliases,
};
