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
    `Version:  ${version}`,
    `RuntimeName:  ${runtimeName}`,
    `RuntimeVersion:  ${runtimeVersion}`,
    `RuntimeApiVersion:  ${runtimeApiVersion}`,
  ].join("\n");
}
