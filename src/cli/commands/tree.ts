import { resolvePodSandboxes } from "../../inventory/resolve.ts";
import { UsageError } from "../../errors.ts";
import { readyPodCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import type { View } from "../outcome.ts";
import { type TreeManner, treeView } from "../views/tree.ts";
import type { NodeTree } from "../../tree/tree.ts";
import { label, pattern } from "../words.ts";

/** `crikit tree`: pods, their anchors, containers and processes. */
export const tree = command({
  about:
    "Each pod with what anchors its network namespace, its containers, and their processes. 'own' are the kinds of namespace in which one is not in the pod's; what is not as promised is marked with '!'. -o html is one file that needs no network, for a wall or a report.",
  examples: [
    "crikit tree",
    "crikit tree shop/web -a",
    "crikit tree -o html > pods.html",
    "crikit tree -o dot | dot -Tpng > pods.png",
  ],
  formats: ["table", "json", "yaml", "mermaid", "dot", "svg", "html"],
  words: (words) =>
    words
      .argument("[pod...]", "these alone: name, NAMESPACE/POD, id, or the start of it")
      .option("-a, --all", "containers that do not run as well, and pods that are not ready")
      .option("--namespace <regex>", "pods whose Kubernetes namespace fits", pattern)
      .option("--label <key=value>", "pods with this label; may be repeated", label)
      .option("--no-trunc", "print command lines whole"),
  complete: { pod: readyPodCandidates },
  run: async ({ args: [words], options }, context) => {
    const { all = false, namespace, label: labels, trunc } = options;
    const isNamed = words.length > 0;
    if (isNamed && (namespace !== undefined || labels !== undefined)) {
      throw new UsageError("name pods, or choose them with --namespace and --label");
    }
    const line = await context.connect();
    const ids = isNamed ? (await resolvePodSandboxes(line.runtime, words, line.call)).map(({ id }) => id) : undefined;
    const { readTree } = await import("../../tree/read-tree.ts");
    const state = all ? undefined : "ready";
    const data = await readTree(line, { ...line.call, ids, all, query: { state, namespace, labels } });
    if (data.pods.length === 0) context.note("there is no pod");
    if (data.hiddenProcesses > 1) {
      context.note(`${data.hiddenProcesses} processes could not be looked at: that takes root`);
    }
    const { env, format } = context;
    const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
    const unicode = /utf-?8/iu.test(locale);
    return { data, view: await viewOf(format, { unicode, full: trunc === false }) };
  },
});

/** In a drawing, where nobody wants lines whole. */
const drawnColumns = 110;

/** A drawing's view is loaded for whoever wants it. */
async function viewOf(format: string, manner: TreeManner): Promise<View<NodeTree>> {
  const columns = manner.full ? Infinity : drawnColumns;
  switch (format) {
    case "mermaid": {
      const { treeMermaid } = await import("../views/tree-mermaid.ts");
      return (data) => treeMermaid(data, columns);
    }
    case "dot": {
      const { treeDot } = await import("../views/tree-dot.ts");
      return (data) => treeDot(data, columns);
    }
    case "svg": {
      const { treeSvg } = await import("../views/tree-svg.ts");
      return (data) => treeSvg(data, columns);
    }
    case "html":
      return (await import("../views/tree-html.ts")).treeHtml;
    default:
      return treeView(manner);
  }
}
