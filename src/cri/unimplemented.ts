import { UnimplementedError } from "../errors.ts";
import type { VersionResponse } from "../gen/runtime/v1/api.ts";

/**
 * Makes an UNIMPLEMENTED name the runtime and its version. Version is asked for only then, and a failure of that call hides
 * nothing. Any other failure stays as it is.
 */
export function nameTheRuntime(
  version: () => Promise<Pick<VersionResponse, "runtimeName" | "runtimeVersion">>,
): (error: unknown) => Promise<unknown> {
  return async (error) => {
    if (!(error instanceof UnimplementedError) || error.rpc === "Version") return error;
    const runtime = await version().catch(() => undefined);
    if (runtime === undefined) return error;
    const { rpc, endpoint } = error;
    const who = `${runtime.runtimeName} ${runtime.runtimeVersion} on ${endpoint}`;
    return new UnimplementedError(`${who} does not implement ${rpc}`, {
      rpc,
      endpoint,
      cause: error,
      hint: "a newer version of the runtime may have it",
    });
  };
}
