import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { treeDot } from "../../../../src/cli/views/tree-dot.ts";
import { treeHtml } from "../../../../src/cli/views/tree-html.ts";
import { treeMermaid } from "../../../../src/cli/views/tree-mermaid.ts";
import { treeSvg } from "../../../../src/cli/views/tree-svg.ts";
import { treeView } from "../../../../src/cli/views/tree.ts";
import type { NodeTree, TreeMember } from "../../../../src/tree/tree.ts";

const now = new Date("2026-01-02T03:04:05.678Z");
const plain = { width: Infinity, color: false, now };

const sandbox: TreeMember = {
  id: "a1".repeat(32),
  name: "web",
  state: "running",
  pid: 10,
  reason: null,
  namespaces: { net: "4:11", pid: "4:13", user: "4:6" },
  differs: [],
  broken: {},
  processes: [{ pid: 10, comm: "pause", command: ["/pause"], startTimeTicks: "1", differs: [], children: [] }],
};

function treeOf(change: Partial<TreeMember> = {}, name = "web"): NodeTree {
  const container: TreeMember = {
    ...sandbox,
    id: "b2".repeat(32),
    name: "app",
    pid: 20,
    namespaces: { net: "4:11", pid: "4:23", user: "4:6" },
    differs: ["pid"],
    processes: [
      {
        pid: 20,
        comm: "sh",
        command: ["sh", "-c", "wait"],
        startTimeTicks: "2",
        differs: [],
        children: [{ pid: 21, comm: "nc", command: [], startTimeTicks: "3", differs: ["net"], children: [] }],
      },
    ],
    ...change,
  };
  return {
    apiVersion: "crikit.dev/v1alpha1",
    kind: "Tree",
    endpoint: "unix:///run/test.sock",
    host: { net: "4:1", user: "4:6" },
    hiddenProcesses: 0,
    pods: [
      {
        id: "a1".repeat(32),
        name,
        namespace: "shop",
        attempt: 0,
        state: "ready",
        ips: ["10.0.0.2"],
        runtimeHandler: "",
        onHostNetwork: false,
        anchor: { source: "pinned", path: "/run/netns/cni-1", pid: null },
        lostPin: null,
        namespaces: { net: "4:11", pid: "4:13" },
        sandbox,
        containers: [container],
      },
    ],
  };
}

test("a tree has its branches, in Unicode and in ASCII", () => {
  expect(treeView({ unicode: true, full: false })(treeOf(), plain)).toBe(
    [
      "shop/web  a1a1a1a1a1a1a  10.0.0.2  netns 11, pinned",
      "├─ sandbox  pid 10",
      "│  └─ 10 /pause",
      "└─ app  b2b2b2b2b2b2b  pid 20  own: pid",
      "   └─ 20 sh -c wait",
      "      └─ 21 [nc]  own: net",
    ].join("\n"),
  );
  const ascii = treeView({ unicode: false, full: false })(treeOf(), plain);
  expect(ascii).toContain("|- sandbox  pid 10\n|  `- 10 /pause\n`- app");
});

test("what is not as promised is marked without colours too, and red with them", () => {
  const broken = treeOf({ broken: { net: "it is the host's" }, namespaces: { net: "4:1" } });
  expect(treeView({ unicode: true, full: false })(broken, plain)).toContain(
    "! net 1 is not as promised: it is the host's",
  );
  expect(treeView({ unicode: true, full: false })(broken, { ...plain, color: true })).toContain("\u001b[31m! net 1");
  expect(treeHtml(broken, plain)).toContain('<span class="chip broken" title="not as promised">net 1 !</span>');
  expect(treeSvg(broken, 110)).toContain('<text class="broken"');
  expect(treeMermaid(broken, 110)).toContain("class p0m1 broken");
  expect(treeDot(broken, 110)).toContain("color=red");
});

test("a line is as wide as the terminal at most, whatever its colours, unless it is wanted whole", () => {
  const long = treeOf({
    processes: [{ ...(sandbox.processes[0] as TreeMember["processes"][number]), command: ["日本".repeat(100)] }],
  });
  for (const color of [false, true]) {
    const text = treeView({ unicode: true, full: false })(long, { ...plain, color, width: 40 });
    const lines = text.replaceAll(/\u001B\[\d+m/gu, "").split("\n"); // oxlint-disable-line no-control-regex -- colours
    for (const line of lines) expect(line.length + (line.match(/[日本]/gu) ?? []).length).toBeLessThanOrEqual(40);
    expect(text.split("\u001b[2m").length).toBe(text.split("\u001b[22m").length);
  }
  expect(treeView({ unicode: true, full: true })(long, { ...plain, width: 40 })).toContain("日本".repeat(100));
});

const hostile = `</script><img src=x onerror=alert(1)>"'&]]>\\"#quot;%%{init}%%\u001b[31m\nFORGED\u202E`;
const hostileTree = treeOf(
  {
    name: hostile,
    processes: [{ pid: 9, comm: "x", command: [hostile], startTimeTicks: "1", differs: [], children: [] }],
  },
  hostile,
);

test.each([
  ["html", treeHtml(hostileTree, plain)],
  ["svg", treeSvg(hostileTree, 110)],
])("hostile names stay text in %s", (_, text) => {
  expect(text).not.toContain("<img");
  expect(text).not.toContain("</script>");
  expect(text).not.toMatch(/^FORGED/mu);
  expect(text).not.toMatch(/[\u001B\u202E]/u); // oxlint-disable-line no-control-regex -- what must not be there
  expect(text).toContain("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;]]&gt;");
});

test("hostile names end no label of Mermaid's or Graphviz's", () => {
  for (const line of treeMermaid(hostileTree, 110).split("\n").slice(1)) {
    expect(line).toMatch(/^ {2}(?:p\d\S*\(\["[^"]*"\]\)|p\S+ -+>? p[^["]+(?:\["[^"]*"\]|>"[^"]*"\]))$/u);
  }
  for (const [, label = ""] of treeDot(hostileTree, 110).matchAll(/label="((?:[^"\\]|\\.)*)"/gu))
    expect(label).not.toMatch(/\n/u);
});

test("Graphviz reads the graph, whatever the names are", ({ skip }) => {
  const { status, stdout, stderr, error } = spawnSync("dot", ["-Tplain"], {
    input: treeDot(hostileTree, 110),
    encoding: "utf8",
  });
  skip(error !== undefined, "there is no dot(1)");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout.split("\n").filter((line) => line.startsWith("node "))).toHaveLength(5);
});

test("a drawing cuts long command lines, says who is not ready, and shows entities as they were written", () => {
  const command = [`&lt;${"x".repeat(500)}`];
  const processes = [{ pid: 9, comm: "x", command, startTimeTicks: "1", differs: [], children: [] }];
  const tree = treeOf({ processes });
  const [pod] = tree.pods;
  const resting = { ...tree, pods: pod === undefined ? [] : [{ ...pod, state: "notready" as const }] };
  for (const draw of [treeSvg, treeMermaid, treeDot]) {
    const text = draw(resting, 80);
    expect(text).not.toContain("x".repeat(80));
    expect(text).toMatch(/…|#8230;/u);
    expect(text).toContain("not ready");
    expect(draw(resting, Infinity)).toContain("x".repeat(500));
  }
  expect(treeDot(tree, 80)).toContain("&amp;lt;x");
  expect(treeView({ unicode: true, full: false })(resting, plain)).toContain("a1a1a1a1a1a1a  not ready  10.0.0.2");
});

test("the page asks for nothing, allows no script, and names its language", () => {
  const page = treeHtml(treeOf(), plain);
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(page).not.toMatch(/<script|<link|\bsrc=|\bhref=|url\(|@import|https?:/u);
  expect(page).toContain('<html lang="en">');
  expect(page).toContain('<time datetime="2026-01-02T03:04:05Z">');
});

test("the drawing is as large as what is in it", () => {
  const [, width, height] = /width="(\d+)" height="(\d+)"/u.exec(treeSvg(treeOf(), 110)) ?? [];
  const [, wider, same] = /width="(\d+)" height="(\d+)"/u.exec(treeSvg(treeOf({ name: "a".repeat(90) }), 110)) ?? [];
  expect(Number(wider)).toBeGreaterThan(Number(width));
  expect(same).toBe(height);
});
