import { resolvePodSandboxes } from "../../../inventory/resolve.ts";
import { readyPodCandidates } from "../../candidates.ts";
import { command } from "../../command.ts";
import { printable } from "../../views/printable.ts";

/** `crikit netns name`: makes `ip netns` know a pod's network namespace. */
export const name = command({
  about:
    "Mounts the pod's pinned network namespace on /run/netns/NAME, where 'ip netns' looks. Never 'ip netns add'. What is there already is not replaced. The name is kept in a journal: 'unname' takes it away, so does removing the pod with crikit, and 'gc' when somebody else has removed it. Needs root.",
  examples: ["crikit netns name web", "crikit netns name shop/web pod1 && ip netns exec pod1 ip addr"],
  formats: ["text", "json", "yaml"],
  words: (words) =>
    words
      .argument("<pod>", "its name, NAMESPACE/POD, id, or the start of it")
      .argument("[name]", "letters, digits, '_', '.' and '-' (default: the pod's name)"),
  complete: { pod: readyPodCandidates },
  run: async ({ args: [word, wanted] }, context) => {
    const { nameNetns, refuseName } = await import("../../../linux/netns-name.ts");
    if (wanted !== undefined) refuseName(wanted);
    const line = await context.connect();
    const [found] = await resolvePodSandboxes(line.runtime, [word], line.call);
    const { netnsOfPod } = await import("../../../netns/pod-netns.ts");
    const netns = await netnsOfPod(line, found?.id ?? word, line.call);
    const called = wanted ?? netns.podName; // a Kubernetes name is safe; what is not is refused below
    const { path } = await nameNetns({ name: called, pin: netns.path, holder: netns.holder, keep: true });
    const data = {
      name: called,
      path,
      id: `${netns.id.dev}:${netns.id.ino}`,
      madeFrom: netns.path,
      pod: { id: netns.podId, name: netns.podName, namespace: netns.podNamespace },
    };
    return { data, view: () => printable(called) };
  },
});
