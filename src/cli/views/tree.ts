import type { NodeTree, TreeMember, TreePod, TreeProcess } from "../../tree/tree.ts";
import type { Terminal, View } from "../outcome.ts";
import { paint } from "./color.ts";
import {
  brokenKinds,
  commandText,
  memberState,
  memberTitle,
  membersOf,
  ownKinds,
  podFacts,
  podTitle,
} from "./tree-words.ts";
import { shortId } from "./human.ts";
import { printable } from "./printable.ts";
import { widthOf } from "./width.ts";

/** How a tree is written. */
export interface TreeManner {
  /** Lines and corners of Unicode; of ASCII where the terminal has no other. */
  readonly unicode: boolean;
  /** Command lines whole. */
  readonly full: boolean;
}

interface Branches {
  readonly fork: string;
  readonly last: string;
  readonly through: string;
}

const unicodeBranches: Branches = { fork: "├─ ", last: "└─ ", through: "│  " };
const asciiBranches: Branches = { fork: "|- ", last: "`- ", through: "|  " };

/** A line, and what hangs below it. */
interface Node {
  readonly text: string;
  /** Cut to the terminal's width unless everything is wanted. */
  readonly below: readonly Node[];
}

/** Pods as trees for a terminal. */
export function treeView({ unicode, full }: TreeManner): View<NodeTree> {
  return ({ pods }, terminal) => {
    const branches = unicode ? unicodeBranches : asciiBranches;
    const width = full ? Infinity : terminal.width;
    return pods.map((pod) => drawn(podNode(pod, terminal), { branches, width }).join("\n")).join("\n\n");
  };
}

function podNode(pod: TreePod, terminal: Terminal): Node {
  const facts = podFacts(pod);
  const network = paint(facts.at(-1) ?? "", pod.lostPin === null ? "green" : "yellow", terminal);
  const [id = "", ...others] = facts.slice(0, -1);
  const text = [podTitle(pod), paint(id, "dim", terminal), ...others, network].join("  ");
  return { text, below: membersOf(pod).map((member) => memberNode(member, pod, terminal)) };
}

function memberNode(member: TreeMember, pod: TreePod, terminal: Terminal): Node {
  const own = ownKinds(member);
  const id = member === pod.sandbox ? "" : `  ${paint(printable(shortId(member.id)), "dim", terminal)}`;
  const different = own.length === 0 ? "" : `  ${paint(`own: ${own.join(" ")}`, "yellow", terminal)}`;
  const text = `${memberTitle(member, pod)}${id}  ${memberState(member)}${different}`;
  const wrong = brokenKinds(member).map((each): Node => ({
    text: paint(`! ${each.text}`, "red", terminal),
    below: [],
  }));
  return { text, below: [...wrong, ...member.processes.map((one) => processNode(one, terminal))] };
}

function processNode(one: TreeProcess, terminal: Terminal): Node {
  const different = one.differs.length === 0 ? "" : `  ${paint(`own: ${one.differs.join(" ")}`, "yellow", terminal)}`;
  return {
    text: `${paint(String(one.pid), "dim", terminal)} ${commandText(one)}${different}`,
    below: one.children.map((child) => processNode(child, terminal)),
  };
}

function drawn(
  node: Node,
  how: { readonly branches: Branches; readonly width: number },
  before = "",
  below = "",
): readonly string[] {
  const { branches, width } = how;
  const lines = node.below.flatMap((child, at) => {
    const isLast = at === node.below.length - 1;
    return drawn(
      child,
      how,
      below + (isLast ? branches.last : branches.fork),
      below + (isLast ? "   " : branches.through),
    );
  });
  return [cut(before + node.text, width), ...lines];
}

/** A switch of colour, as `paint` writes it. */
const colorSwitch = String.raw`\u001B\[\d+m`;

/** Colours take no columns, and what is switched on has to be switched off again. */
function cut(text: string, width: number): string {
  if (width === Infinity || widthOf(text.replaceAll(new RegExp(colorSwitch, "gu"), "")) <= width) return text;
  let columns = 0;
  let result = "";
  for (const [part] of text.matchAll(new RegExp(String.raw`${colorSwitch}|[\s\S]`, "gu"))) {
    if (!part.startsWith("\u001B")) {
      columns += widthOf(part);
      if (columns > width - 1) continue;
    }
    result += part;
  }
  return `${result}…`;
}
