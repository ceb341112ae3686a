import { UnimplementedError } from "../errors.ts";
import type { VersionResponse } from "../gen/runtime/v1/api.ts";
import type { CallOptions } from "../rpc/call-options.ts";

type Call = (request: never, options?: CallOptions) => unknown;

/**
 * The same service, whose UNIMPLEMENTED names the runtime and its version. Version is asked for only then, and a failure
 * of that call hides nothing.
 */
export function nameTheRuntime<Service extends object>(
  service: Service,
  runtime: { readonly version: (request: object) => Promise<VersionResponse> },
): Service {
  const named = Object.entries(service as Record<string, Call>).map(([name, call]) => [
    name,
    (request: never, options?: CallOptions) => {
      const answer = call(request, options);
      return answer instanceof Promise ? answer.catch((error: unknown) => explain(error, runtime)) : answer;
    },
  ]);
  return Object.fromEntries(named) as Service;
}

async function explain(
  error: unknown,
  runtime: { readonly version: (request: object) => Promise<VersionResponse> },
): Promise<never> {
  if (!(error instanceof UnimplementedError)) throw error;
  const version = await runtime.version({}).catch(() => undefined);
  if (version === undefined) throw error;
  const { rpc, endpoint } = error;
  throw new UnimplementedError(
    `${version.runtimeName} ${version.runtimeVersion} on ${endpoint} does not implement ${rpc}`,
    {
      rpc,
      endpoint,
      cause: error,
      hint: "a newer version of the runtime may have it",
    },
  );
}
