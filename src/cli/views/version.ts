import { printable } from "./printable.ts";

/** What CRI's Version answers. */
export interface Versions {
  readonly version: string;
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly runtimeApiVersion: string;
}

/** The lines that crictl prints, two blanks after each colon as there. */
export function versionView({ version, runtimeName, runtimeVersion, runtimeApiVersion }: Versions): string {
  return [
    `Version:  ${printable(version)}`,
    `RuntimeName:  ${printable(runtimeName)}`,
    `RuntimeVersion:  ${printable(runtimeVersion)}`,
    `RuntimeApiVersion:  ${printable(runtimeApiVersion)}`,
  ].join("\n");
}
