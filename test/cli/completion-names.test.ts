import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { Scope } from "../../src/lifetime.ts";
import type { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerd } from "../runtime/labs.ts";
import { crikit } from "./crikit.ts";
import { shells, type Shells } from "./shells.ts";

const sleep = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];

describe("names from the runtime", () => {
  const scope = new Scope();
  let lab: Lab;
  let shell: Shells;
  let red: Container;
  let pwned: string;

  beforeAll(async () => {
    lab = await Lab.start({ name: `cli-names-${process.pid}`, containerd: containerd.path, ephemeral: true });
    scope.defer(() => lab.down());
    const line: Connection = scope.use(await lab.connect());
    shell = shells({ env: { CONTAINER_RUNTIME_ENDPOINT: lab.endpoint } });
    scope.defer(async () => shell[Symbol.dispose]());
    pwned = join(lab.dir, "pwned");
    const labels = { "io.kubernetes.pod.name": "web", "io.kubernetes.pod.namespace": "shop" };
    const web = scope.use(await PodSandbox.run(line, { name: "web", namespace: "shop" }));
    const make = (name: string): Promise<Container> =>
      web.start({ name, image: busyboxImage, command: sleep, config: { labels } });
    await make("app");
    await make("we:ird");
    await make(`sp ace$(touch ${pwned})'"`);
    red = await make("\u001b[31mred");
  });
  afterAll(() => scope[Symbol.asyncDispose]());

  test("are offered by bash, in quotes where a shell would understand more than a word", async () => {
    const offered = await shell.bash("inspect", "");
    expect(offered).toEqual(
      expect.arrayContaining(["app", "we:ird", `sp\\ ace\\$\\(touch\\ ${pwned}\\)\\'\\"`, red.id.slice(0, 13)]),
    );
    expect(offered).toHaveLength(4);
    expect(await shell.bash("inspect", "we", ":", "i")).toEqual(["ird"]);
    expect(await shell.bash("inspectp", "")).toEqual(["web"]);
    expect(await shell.bash("inspectp", "shop/")).toEqual(["shop/web"]);
    expect(await shell.bash("ps", "--image", "localhost/crikit/b")).toEqual([busyboxImage]);
    expect(await shell.bash("ps", "--image", "localhost/crikit/busybox", ":", "")).toEqual(["lab"]);
    expect(await shell.bash("ps", "-ap", "")).toEqual(["web"]);
  });

  test("are offered by fish, with what each is", async () => {
    expect(await shell.fish("crikit inspect we:")).toEqual([`we:ird\trunning, ${busyboxImage}`]);
    expect(await shell.fish("crikit inspect sp")).toHaveLength(1);
    expect(await shell.fish(`crikit inspect ${red.id.slice(0, 4)}`)).toEqual([
      expect.stringMatching(new RegExp(`^${red.id.slice(0, 13)}\tweb/\\\\x1b\\[31mred, running`, "u")),
    ]);
  });

  test("are offered by zsh", async () => {
    expect((await shell.zsh("crikit inspect ")).toSorted()).toEqual(
      ["app", "we:ird", `sp\\ ace\\$\\(touch\\ ${pwned}\\)\\'\\"`, red.id.slice(0, 13)].toSorted(),
    );
  });

  test.each(["bash", "zsh", "fish"] as const)(
    "are typed by %s so that the shell takes them for one word",
    async (name) => {
      const typed = await shell.typed(name, "crikit inspect sp\t");
      expect(typed).not.toMatch(/inspect sp ace/u);
      expect(typed).toMatch(/inspect (sp\\ ace|'sp ace)/u);
      expect(await shell.typed(name, "crikit inspect web/we\t-q")).toMatch(/^crikit inspect web\/we\\?:ird -q$/u);
      expect(existsSync(pwned)).toBe(false);
    },
  );

  test("are not offered twice", async () => {
    expect(await shell.bash("inspect", "app", "")).not.toContain("app");
  });
});

describe("a runtime that does not answer", () => {
  test("is given up quietly when it is not there", async () => {
    const end = await crikit(["__complete", "-r", "/nope.sock", "inspect", ""]);
    expect(end).toMatchObject({ stdout: "", stderr: "" });
  });

  test("is given up quietly when it says nothing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "crikit-silent-"));
    const socket = join(folder, "silent.sock");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      const end = await crikit(["__complete", "-r", socket, "inspect", ""]);
      expect(end).toMatchObject({ stdout: "", stderr: "" });
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });
});
