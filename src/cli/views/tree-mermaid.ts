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

/** Pods as a flowchart. @see Mermaid's flowchart syntax */
export function treeMermaid({ pods }: NodeTree, columns: number): string {
  const lines = ["flowchart LR"];
  const broken: string[] = [];
  for (const [at, pod] of pods.entries()) {
    const own = `p${at}`;
    lines.push(`  ${own}(["${text(podTitle(pod), ...podFacts(pod))}"])`);
    for (const [index, member] of membersOf(pod).entries()) {
      const name = `${own}m${index}`;
      lines.push(`  ${own} --> ${name}["${text(memberTitle(member, pod), memberState(member), ...kindsOf(member))}"]`);
      if (Object.keys(member.broken).length > 0) broken.push(name);
      lines.push(...processLines(member.processes, name, columns));
    }
  }
  if (broken.length > 0)
    lines.push("  classDef broken stroke:#d1242f,stroke-width:3px", `  class ${broken.join(",")} broken`);
  return lines.join("\n");
}

function processLines(processes: readonly TreeProcess[], parent: string, columns: number): readonly string[] {
  return processes.flatMap((one) => {
    const name = `${parent}q${one.pid}`;
    return [
      `  ${parent} --- ${name}>"${text(`${one.pid} ${commandText(one, columns)}`)}"]`,
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

/** Lines of a label. Everything that could end it, or be taken for markup, is written as the number of its character. */
function text(...lines: readonly string[]): string {
  return lines
    .map((line) => line.replace(/[^\p{L}\p{M}\p{Nd} .:,/@=_()!-]/gu, (character) => `#${character.codePointAt(0)};`))
    .join("<br/>");
}
