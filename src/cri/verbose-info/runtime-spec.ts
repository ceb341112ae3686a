/** The parts of an OCI runtime configuration that crikit reads; the rest is there as it came. @see OCI runtime-spec config.md */
export interface RuntimeSpec {
  readonly linux?: {
    readonly namespaces?: readonly { readonly type: string; readonly path?: string }[];
    readonly cgroupsPath?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** Path of the namespace that the runtime joins, `undefined` when it makes a new one or stays in its own. */
export function namespacePath(spec: RuntimeSpec | undefined, type: string): string | undefined {
  const path = spec?.linux?.namespaces?.find((namespace) => namespace.type === type)?.path;
  return path === "" ? undefined : path;
}
