import { namespaceKinds } from "../../linux/namespace.ts";
import type { NodeTree, TreeMember, TreePod, TreeProcess } from "../../tree/tree.ts";
import type { Terminal } from "../outcome.ts";
import { markup } from "./markup.ts";
import { printable } from "./printable.ts";
import { treeStyle } from "./tree-style.ts";
import {
  commandText,
  inodeOf,
  memberState,
  memberTitle,
  membersOf,
  networkWords,
  podId,
  podTitle,
  summary,
} from "./tree-words.ts";

/** Pods as one page that needs nothing beside it: no script, no network, light and dark as the reader has it. */
export function treeHtml(tree: NodeTree, { now }: Pick<Terminal, "now">): string {
  const when = now.toISOString().replace(/\.\d+Z$/u, "Z");
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    "<title>What pods share</title>",
    `<style>${treeStyle}</style>`,
    "</head>",
    "<body>",
    "<header>",
    "<h1>What pods share</h1>",
    `<p>${markup(summary(tree))} on <code>${markup(printable(tree.endpoint))}</code>, measured by device and inode at <time datetime="${when}">${when}</time></p>`,
    `<p class="legend"><span class="chip">kind inode</span> the pod's own <span class="chip own">kind inode</span> one's own, as promised <span class="chip host">kind inode</span> the host's <span class="chip broken">kind inode</span> not as promised</p>`,
    "</header>",
    "<main>",
    ...tree.pods.map((pod) => podCard(pod, tree)),
    "</main>",
    "</body>",
    "</html>",
  ].join("\n");
}

function podCard(pod: TreePod, tree: NodeTree): string {
  const ips = pod.ips.map((ip) => `<li><code>${markup(printable(ip))}</code></li>`).join("");
  const broken = membersOf(pod).some((member) => Object.keys(member.broken).length > 0);
  return [
    `<section class="pod${broken ? " wrong" : ""}">`,
    `<h2>${markup(podTitle(pod))}</h2>`,
    `<ul class="facts"><li><code>${markup(podId(pod))}</code></li>${ips}<li>${markup(networkWords(pod))}</li>${pod.state === "ready" ? "" : "<li>not ready</li>"}</ul>`,
    ...membersOf(pod).map((member) => memberCard(member, pod, tree)),
    "</section>",
  ].join("\n");
}

function memberCard(member: TreeMember, pod: TreePod, tree: NodeTree): string {
  const reasons = Object.values(member.broken).map(
    (reason) => `<p class="reason">${markup(printable(reason ?? ""))}</p>`,
  );
  return [
    `<details open class="${member === pod.sandbox ? "sandbox" : "container"}">`,
    `<summary><h3>${markup(memberTitle(member, pod))}</h3> <span class="state">${markup(memberState(member))}</span></summary>`,
    `<p class="chips">${chips(member, pod, tree)}</p>`,
    ...reasons,
    member.processes.length === 0 ? "" : `<ul class="processes">${member.processes.map(processItem).join("")}</ul>`,
    "</details>",
  ].join("\n");
}

/** Each kind of namespace with its number, and in a word for who cannot tell the colours whose it is. */
function chips(member: TreeMember, pod: TreePod, { host }: NodeTree): string {
  return namespaceKinds
    .flatMap((kind) => {
      const id = member.namespaces[kind];
      if (id === undefined) return [];
      const broken = member.broken[kind] !== undefined;
      const [look, word] = broken
        ? ["broken", "not as promised"]
        : id === host[kind]
          ? ["host", "the host's"]
          : member === pod.sandbox || id === pod.namespaces[kind]
            ? ["pod", "the pod's"]
            : ["own", "its own"];
      return [
        `<span class="chip ${look}" title="${word}">${kind} ${markup(inodeOf(id) ?? "")}${broken ? " !" : ""}</span>`,
      ];
    })
    .join(" ");
}

function processItem(one: TreeProcess): string {
  const own = one.differs.length === 0 ? "" : ` <span class="chip own">own: ${one.differs.join(" ")}</span>`;
  const below = one.children.length === 0 ? "" : `<ul>${one.children.map(processItem).join("")}</ul>`;
  return `<li><code><b>${one.pid}</b> ${markup(commandText(one))}</code>${own}${below}</li>`;
}
