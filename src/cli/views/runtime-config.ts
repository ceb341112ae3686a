/** What CRI's RuntimeConfig tells. */
export interface RuntimeConfigLines {
  /** `SYSTEMD` or `CGROUPFS`; absent on a runtime without Linux containers. */
  readonly cgroupDriver?: string | undefined;
}

/** The line that crictl prints, three blanks after the colon as there. */
export function runtimeConfigView({ cgroupDriver }: RuntimeConfigLines): string {
  return cgroupDriver === undefined ? "" : `cgroup driver:   ${cgroupDriver}`;
}
