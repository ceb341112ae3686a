import type { NamespaceKind } from "../../linux/namespace.ts";
import type { NodeTree, TreeMember, TreePod, TreeProcess } from "../../tree/tree.ts";
import { shortId } from "./human.ts";
import { printable } from "./printable.ts";
import { widthOf } from "./width.ts";

/** A pod as it is called. */
export function podTitle({ name, namespace }: TreePod): string {
  return printable(namespace === "" ? name : `${namespace}/${name}`);
}

/** The pod's id as it is printed. */
export function podId({ id }: TreePod): string {
  return printable(shortId(id));
}

/** The addresses that the runtime reports. */
export function addresses({ ips }: TreePod): readonly string[] {
  return ips.map(printable);
}

/** What there is to know of a pod beside its name: its id, state, addresses, and where its network is. */
export function podFacts(pod: TreePod): readonly string[] {
  return [podId(pod), ...(pod.state === "ready" ? [] : ["not ready"]), ...addresses(pod), networkWords(pod)];
}

/** Where the pod's network is, in words. */
export function networkWords({ onHostNetwork, namespaces, anchor, lostPin }: TreePod): string {
  const inode = inodeOf(namespaces.net);
  if (onHostNetwork) return `on the host's network${inode === undefined ? "" : ` (netns ${inode})`}`;
  const lost = lostPin === null ? "" : `; ${printable(lostPin)}`;
  if (inode === undefined || anchor === null) return `no netns to be seen${lost}`;
  return `netns ${inode}, ${anchorWords[anchor.source]}${lost}`;
}

const anchorWords = {
  pinned: "pinned",
  sandbox: "by the sandbox's process",
  containers: "by what its containers agree on",
} as const;

/** What a member is called. */
export function memberTitle(member: TreeMember, pod: TreePod): string {
  return member === pod.sandbox ? "sandbox" : printable(member.name);
}

/** Its process, or why there is none. */
export function memberState({ pid, reason, state }: TreeMember): string {
  if (pid === null) return state === "running" ? "no process of this machine" : state;
  return reason === null ? `pid ${pid}` : `pid ${pid}: ${printable(reason)}`;
}

/** The kinds of namespace that a member has of its own, as promised. */
export function ownKinds({ differs, broken }: TreeMember): readonly NamespaceKind[] {
  return differs.filter((kind) => broken[kind] === undefined);
}

/** The kinds that are not as promised, with the number and the reason. */
export function brokenKinds({
  broken,
  namespaces,
}: TreeMember): readonly { readonly kind: NamespaceKind; readonly text: string }[] {
  return (Object.keys(broken) as NamespaceKind[]).map((kind) => ({
    kind,
    text: `${kind} ${inodeOf(namespaces[kind]) ?? ""} is not as promised: ${printable(broken[kind] ?? "")}`,
  }));
}

/**
 * A process's program and arguments in one line; its short name in brackets where it has none, as ps(1) does.
 *
 * @param columns cut to so many; a classpath is longer than any drawing
 */
export function commandText({ command, comm }: TreeProcess, columns = Infinity): string {
  const text = printable(command.length === 0 ? `[${comm}]` : command.join(" "));
  return text.length <= columns && widthOf(text) <= columns ? text : cutText(text, columns);
}

/** Text with an ellipsis in the place of what is too wide. */
export function cutText(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let result = "";
  for (const character of text) {
    if (widthOf(result + character) > columns - 1) break;
    result += character;
  }
  return `${result}…`;
}

/** The number of a namespace out of `dev:ino`. */
export function inodeOf(id: string | undefined): string | undefined {
  return id?.split(":")[1];
}

/** How much there is, in words. */
export function summary({ pods }: NodeTree): string {
  const containers = pods.reduce((sum, pod) => sum + pod.containers.length, 0);
  const wrong = pods.flatMap(membersOf).reduce((sum, { broken }) => sum + Object.keys(broken).length, 0);
  const parts = [count(pods.length, "pod"), count(containers, "container")];
  return `${parts.join(", ")}${wrong === 0 ? "" : `, ${count(wrong, "namespace")} not as promised`}`;
}

/** The sandbox first, where it has a process. */
export function membersOf({ sandbox, containers }: TreePod): readonly TreeMember[] {
  return sandbox === null ? containers : [sandbox, ...containers];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
