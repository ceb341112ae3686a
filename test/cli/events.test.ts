import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "../runtime/labs.ts";
import { crikit, ended, start } from "./crikit.ts";

/** A line of `-o jsonl`. */
interface Told {
  readonly containerId: string;
  readonly containerEventType: string;
  readonly createdAt: string;
  readonly name?: string;
  readonly pod?: { readonly name: string; readonly namespace: string };
  readonly isSandbox: boolean;
  readonly exitCode?: number;
  readonly source: string;
}

/** A watch under way, and what it has told so far. */
class Watch {
  readonly child: ChildProcess;
  readonly end;
  #text = "";
  #forgotten = 0;

  constructor(argv: readonly string[]) {
    this.child = start(argv);
    this.end = ended(this.child);
    this.child.stdout!.on("data", (chunk: Buffer) => (this.#text += chunk.toString()));
  }

  get lines(): readonly Told[] {
    return this.#text
      .split("\n")
      .slice(this.#forgotten, -1)
      .map((line) => JSON.parse(line) as Told);
  }

  /** Waits until something has been told that fits, `mostMs` at most. Whether it has. */
  async until(fits: (told: readonly Told[]) => boolean, mostMs = Infinity): Promise<boolean> {
    for (let waitedMs = 0; !fits(this.lines); waitedMs += 50) {
      if (waitedMs >= mostMs) return false;
      await sleep(50);
    }
    return true;
  }

  /** What has been told so far is not among its lines any more. */
  forget(): void {
    this.#forgotten += this.lines.length;
  }
}

const short = ({ containerEventType, name, pod, exitCode }: Told): string =>
  [containerEventType.split("_")[1], `${pod?.namespace}/${pod?.name}`, name, exitCode]
    .filter((part) => part !== undefined)
    .join(" ");

describe.each(containerds)("events on $name", ({ path, version }) => {
  let lab: Lab;
  let line: Connection;
  const options = { name: `cli-events-${process.pid}`, containerd: path, ephemeral: true };

  beforeAll(async () => {
    lab = await Lab.start(options);
    line = await lab.connect();
  });
  afterAll(async () => {
    line.close();
    await lab.down();
  });

  /** Settles when the watch listens: it has told of the end of a pod that was made for it, and forgotten it. */
  async function listening(
    argv: readonly string[] = [],
    probe: Parameters<typeof PodSandbox.run>[1] = { name: "probe" },
  ): Promise<Watch> {
    const watch = new Watch(["-r", lab.endpoint, "events", "-o", "jsonl", ...argv]);
    for (;;) {
      const pod = await PodSandbox.run(line, probe);
      await pod.remove();
      const isGone = ({ containerId, containerEventType }: Told): boolean =>
        containerId === pod.id && containerEventType.includes("DELETED");
      if (!(await watch.until((told) => told.some(isGone), 500))) continue;
      watch.forget();
      return watch;
    }
  }

  test("tell the life of a container with its names, each event once, in order", async () => {
    const watch = await listening(["-f", "pod=story"], { name: "story", namespace: "shop" });
    const pod = await PodSandbox.run(line, { name: "story", namespace: "shop" });
    const app = await pod.start({ name: "app", image: busyboxImage, command: ["sh", "-c", "exit 7"] });
    await watch.until((told) => told.some(({ containerId, exitCode }) => containerId === app.id && exitCode === 7));
    await pod.remove();
    await watch.until((told) =>
      told.some(
        ({ containerId, containerEventType }) => containerId === pod.id && containerEventType.includes("DELETED"),
      ),
    );
    watch.child.kill("SIGINT");
    expect(await watch.end).toMatchObject({ code: 0, stderr: "" });
    const of = (id: string): readonly string[] =>
      watch.lines.filter(({ containerId }) => containerId === id).map(short);
    expect(of(app.id)).toEqual([
      "CREATED shop/story app",
      "STARTED shop/story app",
      "STOPPED shop/story app 7",
      "DELETED shop/story app",
    ]);
    expect(of(pod.id).map((text) => text.split(" ").slice(0, 3).join(" "))).toEqual(
      ["CREATED", "STARTED", "STOPPED", "DELETED"].map((kind) => `${kind} shop/story story`),
    );
    expect(watch.lines.every(({ containerId }) => [app.id, pod.id].includes(containerId))).toBe(true);
    expect(new Set(watch.lines.map(({ source }) => source)).has(version.startsWith("1.") ? "containerd" : "cri")).toBe(
      true,
    );
  });

  test("are chosen by filters, and wrong ones are refused", async () => {
    const watch = await listening(["-f", "type=created", "-f", "type=deleted", "-f", "label=tier=front"], {
      name: "front",
      labels: { tier: "front" },
    });
    await using front = await PodSandbox.run(line, { name: "front", labels: { tier: "front" } });
    await using back = await PodSandbox.run(line, { name: "back" });
    await front.remove();
    await watch.until((told) => told.length >= 2);
    watch.child.kill("SIGINT");
    await watch.end;
    expect(watch.lines.map(short)).toEqual(["CREATED crikit/front front", "DELETED crikit/front front"]);
    expect(back.id).not.toBe(front.id);
    expect(await crikit(["-r", lab.endpoint, "events", "-f", "typ=created"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("did you mean 'type=…'?") as string,
    });
    expect(await crikit(["-r", lab.endpoint, "events", "-f", "type=borned"])).toMatchObject({ code: 2 });
  });

  test("are made up for after a restart of the runtime, and the gap is said", async () => {
    const watch = await listening();
    const pod = await PodSandbox.run(line, { name: "lost" });
    await watch.until((told) => told.some(({ containerId }) => containerId === pod.id));
    process.kill(lab.record.containerd.process!.pid, "SIGKILL");
    // The dead one is taken down with its pods, and another comes up on the same socket.
    lab = await Lab.start(options);
    const after = await PodSandbox.run(line, { name: "after" });
    await watch.until((told) => {
      const kinds = (id: string) => told.filter(({ containerId }) => containerId === id).map(short);
      return (
        kinds(pod.id).some((text) => text.startsWith("DELETED")) &&
        kinds(after.id).some((text) => text.startsWith("STARTED"))
      );
    });
    watch.child.kill("SIGINT");
    const { code, stderr } = await watch.end;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note: no more events: .*; waiting for the runtime\nnote: the runtime is back: /u);
    const gone = watch.lines.filter(({ containerId }) => containerId === pod.id).at(-1);
    expect(gone).toMatchObject({ containerEventType: "CONTAINER_DELETED_EVENT", name: "lost", source: "look" });
    await after.remove();
  });
});

test("a runtime that is not there is a failure, and not waited for", async () => {
  const { code, stdout, stderr } = await crikit(["-r", "unix:///nowhere/x.sock", "events", "-o", "jsonl"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("no socket at unix:///nowhere/x.sock");
});
