/** What a runtime's answer means for whoever has to do something about it. */
export interface Advice {
  /** What to do next, as a sentence without a full stop; where something is asked, what to do after that. */
  readonly hint?: string;
  /** What has to be asked of the runtime before anybody can be told what to do. */
  readonly ask?: "handlers" | "network";
  /** The name that was asked for belongs to another. */
  readonly nameIsTaken?: boolean;
}

/** Answers of one RPC, or of any where there is none, that have an advice. */
interface KnownAnswer {
  readonly rpc?: string;
  readonly text: RegExp;
  readonly advice: (found: Readonly<Record<string, string>>) => Advice;
}

/** containerd's words unless marked; each was seen on 1.6, 1.7 and 2.1 where CRI-O's are not named. */
const knownAnswers: readonly KnownAnswer[] = [
  {
    // It listens before its CRI plugin is ready.
    text: /^server is not initialized yet/u,
    advice: () => ({ hint: "the runtime is still starting: try again in a moment" }),
  },
  {
    rpc: "RunPodSandbox",
    text: /is reserved for "(?<id>[0-9a-f]+)"|already in use by (?<crioId>[0-9a-f]{12,64})/u,
    advice: (found) => taken(found, "rmp", "the pod that has this name"),
  },
  {
    rpc: "CreateContainer",
    text: /is reserved for "(?<id>[0-9a-f]+)"|already in use by (?<crioId>[0-9a-f]{12,64})/u,
    advice: (found) => taken(found, "rm", "the container that has this name"),
  },
  {
    rpc: "CreateContainer",
    text: /failed to resolve image ""/u,
    advice: () => ({ hint: "the config needs image.image" }),
  },
  {
    rpc: "CreateContainer",
    // CRI-O: "image not known"
    text: /failed to resolve image "(?<image>[^"]+)"|image not known|no such image/u,
    advice: ({ image = "IMAGE" }) => ({
      hint: `'crikit pull ${image}' fetches it, 'crikit load FILE' takes it from an archive`,
    }),
  },
  {
    rpc: "CreateContainer",
    text: /no privileged container allowed in sandbox/u,
    advice: () => ({ hint: "a privileged container needs a pod that is privileged as well" }),
  },
  {
    rpc: "CreateContainer",
    text: /no running task found/u,
    advice: () => ({ hint: "the pod has stopped: remove it with 'crikit rmp', and run a new one" }),
  },
  {
    rpc: "RunPodSandbox",
    // CRI-O: "failed to find runtime handler kata from runtime list"
    text: /no runtime for ".*" is configured|failed to find runtime handler/u,
    advice: () => ({ ask: "handlers" }),
  },
  { rpc: "RunPodSandbox", text: /cni|network/iu, advice: () => ({ ask: "network" }) },
  {
    // 1.6 alone keeps a pod whose network could not be set up, and cannot remove it before the network is back.
    rpc: "StopPodSandbox",
    text: /failed to destroy network for sandbox "(?<id>[0-9a-f]+)"/u,
    advice: ({ id = "" }) => ({ ask: "network", hint: `'crikit rmp -f ${id.slice(0, 13)}' removes what is left then` }),
  },
  {
    rpc: "StartContainer",
    text: /exec format error/u,
    advice: () => ({ hint: "the image is made for another kind of processor" }),
  },
  {
    rpc: "StartContainer",
    text: /exec: "(?<program>[^"]*)"|executable file `?(?<crunProgram>[^`\s:]+)/u,
    advice: ({ program, crunProgram }) => ({
      hint: `the image has no program '${program ?? crunProgram ?? ""}' that can be run: look at the container's command`,
    }),
  },
  {
    rpc: "StartContainer",
    text: /in CONTAINER_EXITED state/u,
    advice: () => ({ hint: "a container runs once: 'crikit restart' makes it anew" }),
  },
  { rpc: "StartContainer", text: /in CONTAINER_RUNNING state/u, advice: () => ({ hint: "it is running already" }) },
  {
    rpc: "UpdateContainerResources",
    text: /unable to set memory limit .*current usage: (?<usage>\d+)/u,
    advice: ({ usage }) => ({ hint: `it uses ${usage} bytes now: give it more than that` }),
  },
  {
    rpc: "UpdateContainerResources",
    text: /cannot use unified on cgroup v1/u,
    advice: () => ({ hint: "this machine has cgroup v1: use the flags that name a limit" }),
  },
  {
    rpc: "UpdateContainerResources",
    text: /cpuset\.(?:cpus|mems)/u,
    advice: () => ({ hint: "this machine has no such CPUs or memory nodes, or the pod may not use them" }),
  },
  {
    rpc: "CheckpointContainer",
    text: /CRIU/u,
    advice: () => ({ hint: "checkpoints need the program criu on the node" }),
  },
];

/** The advice for what a runtime answered, if it is a known answer. Pure. */
export function adviceOn(rpc: string | undefined, text: string): Advice | undefined {
  for (const known of knownAnswers) {
    const match = known.rpc === undefined || known.rpc === rpc ? known.text.exec(text) : null;
    if (match !== null) return known.advice(given(match.groups));
  }
  return undefined;
}

function taken({ id, crioId }: Readonly<Record<string, string>>, command: string, who: string): Advice {
  return { nameIsTaken: true, hint: `'crikit ${command} -f ${(id ?? crioId ?? "").slice(0, 13)}' removes ${who}` };
}

/** Groups of the other alternative are undefined, which would not take a default. */
function given(groups: Readonly<Record<string, string | undefined>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(groups).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
