import type { NodeTree, TreeMember, TreeProcess } from "../../tree/tree.ts";
import {
  brokenKinds,
  commandText,
  memberState,
  memberTitle,
  membersOf,
  podFacts,
  ownKinds,
  podTitle,
} from "./tree-words.ts";

/** Pods as a graph for Graphviz, a cluster a pod. @see the DOT language */
export function treeDot({ pods }: NodeTree, columns: number): string {
  const lines = [
    "digraph pods {",
    "  rankdir=LR",
    '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=11]',
    '  graph [fontname="sans-serif", fontsize=12]',
  ];
  for (const [at, pod] of pods.entries()) {
    const own = `p${at}`;
    lines.push(`  subgraph cluster_${own} {`, `    label=${label(podTitle(pod))}`, "    color=gray");
    lines.push(`    ${own} [label=${label(podTitle(pod), ...podFacts(pod))}, shape=ellipse]`);
    for (const [index, member] of membersOf(pod).entries()) {
      const name = `${own}m${index}`;
      const mark = Object.keys(member.broken).length === 0 ? "" : ", color=red, penwidth=2";
      lines.push(
        `    ${name} [label=${label(memberTitle(member, pod), memberState(member), ...kindsOf(member))}${mark}]`,
      );
      lines.push(`    ${own} -> ${name}`, ...processLines(member.processes, name, columns));
    }
    lines.push("  }");
  }
  return [...lines, "}"].join("\n");
}

function processLines(processes: readonly TreeProcess[], parent: string, columns: number): readonly string[] {
  return processes.flatMap((one) => {
    const name = `${parent}q${one.pid}`;
    return [
      `    ${name} [label=${label(`${one.pid} ${commandText(one, columns)}`)}, shape=plaintext, fontname="monospace"]`,
      `    ${parent} -> ${name} [arrowhead=none]`,
      ...processLines(one.children, name, columns),
    ];
  });
}

function kindsOf(member: TreeMember): readonly string[] {
  const own = ownKinds(member);
  return [
    ...(own.length === 0 ? [] : [`own: ${own.join(" ")}`]),
    ...brokenKinds(member).map((each) => `! ${each.text}`),
  ];
}

/** A quoted string: a backslash would be an escape of the label's, a quote would end it, and `&` begin an entity of HTML. */
function label(...lines: readonly string[]): string {
  const quoted = lines.map((line) =>
    line
      .replaceAll("&", "&amp;")
      .replaceAll("\\", "\\\\")
      .replaceAll('"', String.raw`\"`),
  );
  return `"${quoted.join(String.raw`\n`)}"`;
}
