import { AlreadyExistsError, NotFoundError, RuntimeFailedError } from "../errors.ts";
import type { RuntimeCondition, StatusResponse } from "../gen/runtime/v1/api.ts";
import { adviceOn, type Advice } from "./known-answers.ts";
import type { RuntimeService } from "./services.ts";
import { nameTheRuntime } from "./unimplemented.ts";
import { parseStatusInfo } from "./verbose-info/verbose-info.ts";

/** Milliseconds that the runtime may take to tell what an advice needs: the failure itself is known already. */
const patienceMs = 2_000;

/**
 * Gives a failure the hint of what to do next, where the runtime's answer is a known one; the answer stays in the message.
 * The runtime is asked for more only then, and a failure of that call hides nothing. Any other failure stays as it is.
 */
export async function explainFailure(
  error: unknown,
  runtime: Pick<RuntimeService, "version" | "status">,
): Promise<unknown> {
  if (!(error instanceof RuntimeFailedError || error instanceof NotFoundError) || error.hint !== undefined) {
    return nameTheRuntime(() => runtime.version({}))(error);
  }
  const advice = adviceOn(error.rpc, error instanceof RuntimeFailedError ? error.answer : error.message);
  if (advice === undefined) return error;
  const look = (): Promise<StatusResponse | undefined> =>
    runtime.status({ verbose: true }, { timeoutMs: patienceMs }).catch(() => undefined);
  return advised(error, { ...advice, hint: await hintOf(advice, look) });
}

function advised(
  error: RuntimeFailedError | NotFoundError,
  { hint, nameIsTaken }: Omit<Advice, "hint"> & { readonly hint: string | undefined },
): unknown {
  const { message, rpc, endpoint, cause } = error;
  const options = { rpc, endpoint, cause, hint };
  // One status of gRPC is meant for this; containerd 1.x says UNKNOWN, 2.x FAILED_PRECONDITION.
  if (nameIsTaken === true) return new AlreadyExistsError(message, options);
  if (error instanceof NotFoundError) return new NotFoundError(message, options);
  return new RuntimeFailedError(message, { status: error.status, answer: error.answer }, options);
}

async function hintOf(
  { hint, ask }: Advice,
  look: () => Promise<StatusResponse | undefined>,
): Promise<string | undefined> {
  if (ask === undefined) return hint;
  const status = await look();
  if (status === undefined) return hint;
  const info = (await parseStatusInfo(status.info))["config"];
  const first = ask === "handlers" ? handlersHint(status, info) : networkHint(status, info);
  return first === undefined || hint === undefined ? (first ?? hint) : `${first}; ${hint}`;
}

/** As containerd shows its configuration; anything may be missing elsewhere. */
interface ShownConfig {
  readonly containerd?: { readonly runtimes?: Readonly<Record<string, unknown>> };
  readonly cni?: { readonly confDir?: string };
}

function handlersHint({ runtimeHandlers }: StatusResponse, config: unknown): string | undefined {
  const told = runtimeHandlers.map(({ name }) => name).filter((name) => name !== "");
  const names = told.length > 0 ? told : Object.keys(shown(config).containerd?.runtimes ?? {});
  return names.length === 0 ? undefined : `this runtime has the handlers ${names.toSorted().join(", ")}`;
}

function networkHint({ status }: StatusResponse, config: unknown): string | undefined {
  const network = status?.conditions.find(({ type }) => type === "NetworkReady");
  if (network === undefined || network.status) return undefined;
  const folder = shown(config).cni?.confDir;
  return (
    `the runtime's network is not ready (${wordsOf(network)}): put a CNI configuration into ` +
    `${folder ?? "the folder it reads them from"}, or run the pod on the host's network`
  );
}

function wordsOf({ reason, message }: RuntimeCondition): string {
  return [reason, message].filter((word) => word !== "").join(": ");
}

function shown(config: unknown): ShownConfig {
  return typeof config === "object" && config !== null ? config : {};
}
