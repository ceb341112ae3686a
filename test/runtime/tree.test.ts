import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { treeHtml } from "../../src/cli/views/tree-html.ts";
import { treeSvg } from "../../src/cli/views/tree-svg.ts";
import type { Connection } from "../../src/cri/connect.ts";
import { NamespaceMode } from "../../src/cri/messages.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { readTree } from "../../src/tree/read-tree.ts";
import type { NodeTree } from "../../src/tree/tree.ts";
import { containerds } from "./labs.ts";

const suffix = `tree-test-${process.pid}`;
const browser = "/usr/bin/chromium";

/** What the browser has made of a page: it may ask nobody. */
async function rendered(file: string, ...flags: readonly string[]): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), "crikit-browser-"));
  try {
    const fixed = ["--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"];
    const words = [...fixed, `--user-data-dir=${profile}`, ...flags, `file://${file}`];
    return (await promisify(execFile)(browser, words, { timeout: 50_000 })).stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** Whether the corner of a picture is light or dark. The first pixel of a PNG is written as it is, whatever the filter. */
function lightness(file: string): "light" | "dark" {
  const png = readFileSync(file);
  const pieces: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") pieces.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const [, red = 0, green = 0, blue = 0] = inflateSync(Buffer.concat(pieces));
  return red + green + blue > 384 ? "light" : "dark";
}

describe.each(containerds)("the tree of $name", ({ path, name: runtimeName }) => {
  let lab: Lab;
  let line: Connection;
  let tree: NodeTree;
  beforeAll(async () => {
    lab = await Lab.start({ name: suffix, containerd: path, ephemeral: true, saboteurs: true });
    line = await lab.connect();
    const web = await PodSandbox.run(line, { name: "web", namespace: "shop" });
    await web.start({ name: "app", image: busyboxImage, command: ["sh", "-c", "sleep 600 & sleep 601 & wait"] });
    await web.start({ name: "side", image: busyboxImage, command: ["sleep", "602"] });
    const done = await web.start({ name: "done", image: busyboxImage, command: ["true"] });
    const options = (network: NamespaceMode) => ({
      config: { linux: { securityContext: { namespaceOptions: { network, pid: NamespaceMode.CONTAINER } } } },
    });
    const onHost = await PodSandbox.run(line, { name: "on-host", namespace: "shop", ...options(NamespaceMode.NODE) });
    await onHost.start({ name: "agent", image: busyboxImage, command: ["sleep", "603"] });
    const broken = await PodSandbox.run(line, { name: "broken", namespace: "shop", runtimeHandler: "unshared-net" });
    await broken.start({ name: "stray", image: busyboxImage, command: ["sleep", "604"] });
    while ((await done.details()).status.exitCode !== 0 || (await done.details()).status.finishedAt === 0n) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    tree = await readTree(line, { all: true });
  });
  afterAll(async () => {
    line.close();
    await lab.down();
  });

  test("has the pods with their anchors, the containers and the processes below them", () => {
    expect(tree.pods.map(({ name, onHostNetwork, anchor }) => [name, onHostNetwork, anchor?.source])).toEqual([
      ["broken", false, "pinned"],
      ["on-host", true, undefined],
      ["web", false, "pinned"],
    ]);
    const [, , web] = tree.pods;
    expect(web?.containers.map(({ name, state }) => `${name} ${state}`).toSorted()).toEqual([
      "app running",
      "done exited",
      "side running",
    ]);
    const app = web?.containers.find(({ name }) => name === "app");
    expect(app).toMatchObject({ differs: ["pid", "mnt"], broken: {}, pid: app?.processes[0]?.pid });
    const [first, ...others] = app?.processes ?? [];
    expect(others).toEqual([]);
    expect(first?.command).toEqual(["sh", "-c", "sleep 600 & sleep 601 & wait"]);
    expect(first?.children.map(({ command }) => command)).toEqual([
      ["sleep", "600"],
      ["sleep", "601"],
    ]);
  });

  test("marks the namespace that a runtime did not share, and no other", () => {
    const wrong = tree.pods.flatMap(({ name, containers }) =>
      containers.flatMap((container) =>
        Object.keys(container.broken).map((kind) => `${name}/${container.name} ${kind}`),
      ),
    );
    expect(wrong).toEqual(["broken/stray net"]);
  });

  test.runIf(existsSync(browser) && runtimeName === containerds[0]?.name)(
    "is a page that a browser shows whole, in light and dark, asking nobody",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "crikit-page-"));
      try {
        const page = join(folder, "tree.html");
        writeFileSync(page, treeHtml(tree, { now: new Date() }));
        const text = await rendered(page, "--dump-dom");
        for (const name of ["shop/web", "shop/on-host", "shop/broken", "stray", "sleep 601", "net "])
          expect(text).toContain(name);
        expect(text.match(/<section class="pod/gu)).toHaveLength(3);
        expect(text.match(/class="chip broken" title/gu)).toHaveLength(1);
        const drawing = join(folder, "tree.svg");
        writeFileSync(drawing, treeSvg(tree, 110));
        expect(await rendered(drawing, "--dump-dom")).not.toContain("parsererror");
        const shots = await Promise.all(
          [1, 0].map(async (scheme) => {
            const shot = join(folder, `${scheme}.png`);
            await rendered(
              page,
              `--blink-settings=preferredColorScheme=${scheme}`,
              `--screenshot=${shot}`,
              "--window-size=1280,900",
            );
            return lightness(shot);
          }),
        );
        expect(shots).toEqual(["light", "dark"]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});
