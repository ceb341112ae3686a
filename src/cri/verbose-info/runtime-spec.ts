/** The parts of an OCI runtime configuration that crikit reads; the rest is there as it came. @see OCI runtime-spec config.md */
export interface RuntimeSpec {
  readonly linux?: {
    readonly namespaces?: readonly { readonly type: string; readonly path?: string }[];
    readonly cgroupsPath?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/**
 * Path of the namespace file that the runtime pinned for a sandbox. `undefined` when the spec lists none, or one below
 * /proc: that is a process's and goes with it, so it pins nothing.
 */
export function pinnedPath(spec: RuntimeSpec | undefined, type: string): string | undefined {
  const path = spec?.linux?.namespaces?.find((namespace) => namespace.type === type)?.path;
  return path === undefined || path === "" || path.startsWith("/proc/") ? undefined : path;
}
