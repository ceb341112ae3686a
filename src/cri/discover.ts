import { env as environment } from "node:process";
import { UnreachableError } from "../errors.ts";
import { parseEndpoint, type Endpoint } from "../rpc/endpoint.ts";
import { readCrictlConfig } from "./crictl-config.ts";

/** An endpoint, and who says so: "argument", an environment variable, a file, or "well known". */
export interface Candidate {
  readonly endpoint: Endpoint;
  readonly source: string;
}

/** What is known of where the runtime is. */
export interface EndpointHints {
  /** What the caller named; nothing else is looked at then. */
  readonly endpoint?: string | undefined;
  /** The same for the image service. Without it, and without the two below, it is the runtime's own endpoint. */
  readonly imageEndpoint?: string | undefined;
  /** The environment, for `CONTAINER_RUNTIME_ENDPOINT` and `IMAGE_SERVICE_ENDPOINT`. The process's own when absent. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** crictl's configuration file. `/etc/crictl.yaml` when absent. */
  readonly configPath?: string | undefined;
}

/** Where to look for a runtime, and where its image service is if it is elsewhere. */
export interface Candidates {
  /** One when somebody named it, else every well-known socket in order of preference. */
  readonly runtime: readonly Candidate[];
  readonly image: Candidate | undefined;
}

/** crictl's own order, so that both tools talk to the same runtime; then the distributions that bring their own containerd. */
const wellKnownSockets = [
  "/run/containerd/containerd.sock",
  "/run/crio/crio.sock",
  "/run/cri-dockerd.sock",
  "/run/k3s/containerd/containerd.sock", // rke2 listens here as well
  "/run/k0s/containerd.sock",
  "/var/snap/microk8s/common/run/containerd.sock",
];

/**
 * Where the runtime may be: what was named, else `CONTAINER_RUNTIME_ENDPOINT`, else crictl's configuration file, else the
 * well-known sockets. Nothing is connected.
 *
 * @throws {UsageError} when what was named is no endpoint, or the configuration file is wrong
 */
export async function endpointCandidates(hints: EndpointHints = {}): Promise<Candidates> {
  const env = hints.env ?? environment;
  const runtime =
    named("argument", hints.endpoint) ?? named("CONTAINER_RUNTIME_ENDPOINT", env["CONTAINER_RUNTIME_ENDPOINT"]);
  const image =
    named("argument", hints.imageEndpoint) ?? named("IMAGE_SERVICE_ENDPOINT", env["IMAGE_SERVICE_ENDPOINT"]);
  if (runtime !== undefined) return { runtime: [runtime], image };
  const path = hints.configPath ?? "/etc/crictl.yaml";
  const config = await readCrictlConfig(path);
  const configured = named(path, config?.runtimeEndpoint);
  return {
    runtime: configured === undefined ? wellKnown() : [configured],
    image: image ?? named(path, config?.imageEndpoint),
  };
}

/** The well-known sockets, most preferred first. */
export function wellKnown(): readonly Candidate[] {
  return wellKnownSockets.map((path) => ({ endpoint: parseEndpoint(path), source: "well known" }));
}

/**
 * The first candidate, in their order, for which `knock` succeeds. All are tried at once, so a dead one costs no time.
 *
 * @throws {UnreachableError} when none does: of the only candidate as it was thrown, of several with every reason
 */
export async function firstThatAnswers<Answer>(
  candidates: readonly Candidate[],
  knock: (candidate: Candidate) => Promise<Answer>,
  discard: (answer: Answer) => void,
): Promise<Answer> {
  const answers = candidates.map((candidate) => knock(candidate));
  const settled = answers.map((answer) =>
    answer.then(
      (value) => ({ value }),
      (reason: unknown) => ({ reason }),
    ),
  );
  const reasons: string[] = [];
  for (const [at, answer] of settled.entries()) {
    const outcome = await answer;
    if ("value" in outcome) {
      for (const later of answers.slice(at + 1)) later.then(discard, () => undefined);
      return outcome.value;
    }
    if (candidates.length === 1) throw outcome.reason;
    reasons.push(outcome.reason instanceof Error ? outcome.reason.message : String(outcome.reason));
  }
  throw new UnreachableError("no-endpoint", `no container runtime found: ${reasons.join("; ")}`, {
    hint: "start the runtime, name its socket with --runtime-endpoint or CONTAINER_RUNTIME_ENDPOINT, or start a private one with 'crikit lab up'",
  });
}

function named(source: string, text: string | undefined): Candidate | undefined {
  return text === undefined || text === "" ? undefined : { endpoint: parseEndpoint(text), source };
}
