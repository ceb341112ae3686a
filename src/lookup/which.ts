import type { Line } from "../cri/connect.ts";
import { NotFoundError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { byAddress, byNamespace, byPid } from "./by-process.ts";
import { byPort } from "./by-port.ts";
import { byVeth } from "./by-veth.ts";
import type { Behind, NodeView } from "./node-view.ts";
import { viewNode } from "./node-view.ts";
import { parseSubject, type Subject } from "./parse-subject.ts";

/** A pod that is behind something of the node, and what says so. */
export interface Match extends Behind {
  /** As what the word was taken. */
  readonly meaning: Subject["kind"];
  /** Why it is that pod, in words. */
  readonly because: string;
  /** The process that led there, or null. */
  readonly process: { readonly pid: number; readonly comm: string; readonly startTimeTicks: string } | null;
  /** A command that shows the same. */
  readonly command: string;
}

/** What lookups need. */
export interface Lookup {
  readonly line: Line;
  readonly call: CallOptions;
  readonly view: NodeView;
}

/**
 * The pods and containers behind a process, a port, an address, the number of a namespace, or an interface of the host,
 * seen from the node. A word that can be several is looked up as each.
 *
 * @throws {UsageError} when it can be none
 * @throws {NotFoundError} when no pod is behind it
 */
export async function which(line: Line, word: string, options: CallOptions = {}): Promise<readonly Match[]> {
  const subjects = parseSubject(word);
  const lookup: Lookup = { line, call: options, view: await viewNode(line, options) };
  const matches: Match[] = [];
  for (const subject of subjects) matches.push(...(await lookUp(subject, lookup)));
  if (matches.length > 0) return matches;
  const { pods, processes } = lookup.view;
  const hidden = processes.filter((entry) => entry.hidden === "no-permission").length;
  throw new NotFoundError(
    `no pod is behind ${subjects.map(({ kind }) => `${kind} ${bare(word)}`).join(" or ")}: looked through ${pods.length} pods and ${processes.length} processes`,
    hidden > 1 ? { hint: `${hidden} processes could not be looked at: that takes root` } : {},
  );
}

function lookUp(subject: Subject, lookup: Lookup): Promise<readonly Match[]> | readonly Match[] {
  switch (subject.kind) {
    case "pid":
      return byPid(subject.pid, lookup);
    case "port":
      return byPort(subject.port, lookup);
    case "ip":
      return byAddress(subject.address, lookup);
    case "inode":
      return byNamespace(subject, lookup);
    case "veth":
      return byVeth(subject.name, lookup);
  }
}

function bare(word: string): string {
  return word.replace(/^(?:pid|port|ip|inode|veth):/u, "");
}
