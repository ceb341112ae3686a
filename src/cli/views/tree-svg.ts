import type { NodeTree, TreeMember, TreePod, TreeProcess } from "../../tree/tree.ts";
import { markup } from "./markup.ts";
import {
  brokenKinds,
  cutText,
  commandText,
  memberState,
  memberTitle,
  membersOf,
  ownKinds,
  podFacts,
  podTitle,
  summary,
} from "./tree-words.ts";
import { widthOf } from "./width.ts";

/** Pixels: of a line, the widest column of a monospaced face, the space around and between, and a step to the right. */
const [lineHeight, column, padding, gap, step] = [22, 8.6, 16, 16, 22];
/** A line of a drawing. */
interface Line {
  readonly text: string;
  readonly look: "title" | "about" | "member" | "own" | "broken" | "process";
  /** Steps to the right. */
  readonly depth: number;
}

/**
 * Pods as a drawing, one below the other, that is as large as it has to be.
 *
 * @param most columns of a line; a drawing is read at a glance
 */
export function treeSvg(tree: NodeTree, most: number): string {
  const cards = tree.pods.map((pod) => linesOf(pod).map((line) => ({ ...line, text: cutText(line.text, most) })));
  const columns = Math.max(40, ...cards.flat().map(({ text, depth }) => widthOf(text) + (depth * step) / column));
  const width = Math.ceil(columns * column + 4 * padding);
  let top = padding + lineHeight;
  const drawn: string[] = [];
  for (const lines of cards) {
    const height = lines.length * lineHeight + 2 * padding;
    const broken = lines.some(({ look }) => look === "broken") ? " wrong" : "";
    drawn.push(
      `<rect class="card${broken}" x="${padding}" y="${top}" width="${width - 2 * padding}" height="${height}" rx="10"/>`,
    );
    for (const [at, line] of lines.entries()) drawn.push(drawLine(line, top + padding + (at + 0.7) * lineHeight));
    top += height + gap;
  }
  const head = `<text class="title" x="${padding}" y="${padding + 6}">${markup(summary(tree))}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}" role="img" aria-label="${markup(summary(tree))}">`,
    `<style>${style}</style>`,
    `<rect class="paper" width="100%" height="100%"/>`,
    head,
    ...drawn,
    "</svg>",
  ].join("\n");
}

const style = [
  ".paper{fill:#fff}.card{fill:#f6f8fa;stroke:#d0d7de}.wrong{stroke:#cf222e;stroke-width:2}",
  "text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#1f2328;white-space:pre}",
  ".title{font-weight:700}.about{fill:#57606a}.member{font-weight:600;fill:#0550ae}.own{fill:#7d4e00}.broken{fill:#cf222e;font-weight:600}",
  "@media (prefers-color-scheme:dark){.paper{fill:#0d1117}.card{fill:#161b22;stroke:#30363d}.wrong{stroke:#ff7b72}",
  "text{fill:#e6edf3}.about{fill:#9198a1}.member{fill:#79c0ff}.own{fill:#e3b341}.broken{fill:#ff7b72}}",
].join("");

function linesOf(pod: TreePod): readonly Line[] {
  return [
    { text: podTitle(pod), look: "title", depth: 0 },
    { text: podFacts(pod).join("  "), look: "about", depth: 0 },
    ...membersOf(pod).flatMap((member) => memberLines(member, pod)),
  ];
}

function memberLines(member: TreeMember, pod: TreePod): readonly Line[] {
  const own = ownKinds(member);
  return [
    { text: `${memberTitle(member, pod)}  ${memberState(member)}`, look: "member", depth: 1 },
    ...(own.length === 0 ? [] : [{ text: `own: ${own.join(" ")}`, look: "own", depth: 2 } as const]),
    ...brokenKinds(member).map(({ text }): Line => ({ text: `! ${text}`, look: "broken", depth: 2 })),
    ...member.processes.flatMap((one) => processLines(one, 2)),
  ];
}

function processLines(one: TreeProcess, depth: number): readonly Line[] {
  const text = `${one.pid} ${commandText(one)}${one.differs.length === 0 ? "" : `  own: ${one.differs.join(" ")}`}`;
  return [{ text, look: "process", depth }, ...one.children.flatMap((child) => processLines(child, depth + 1))];
}

function drawLine({ text, look, depth }: Line, y: number): string {
  return `<text class="${look}" x="${2 * padding + depth * step}" y="${y}">${markup(text)}</text>`;
}
