import { spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { kill } from "node:process";
import { join } from "node:path";
import { pack, type Header } from "tar-stream";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { Scope } from "../../src/lifetime.ts";
import type { Connection } from "../../src/cri/connect.ts";
import type { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "../runtime/labs.ts";
import { crikit, ended, start } from "./crikit.ts";

const idle = ["sh", "-c", "trap 'exit 0' TERM; sleep 6000 & wait"];

describe.each(containerds)("cp on $name", ({ path: containerdPath }) => {
  const scope = new Scope();
  let lab: Lab;
  let line: Connection;
  let pod: PodSandbox;
  let app: Container;
  let folder: string;

  beforeAll(async () => {
    lab = await Lab.start({ name: `cli-cp-${process.pid}`, containerd: containerdPath, ephemeral: true });
    scope.defer(() => lab.down());
    line = scope.use(await lab.connect());
    pod = scope.use(await PodSandbox.run(line, { name: "web" }));
    app = await pod.start({ name: "app", image: busyboxImage, command: idle });
    const bare = await pod.start({ name: "bare", image: busyboxImage, command: idle });
    await pod.start({ name: "other", image: busyboxImage, command: idle });
    // As an image without tar has it.
    await bare.execSync(["sh", "-c", "rm -f $(which tar)"]);
  });
  afterAll(() => scope[Symbol.asyncDispose]());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "crikit-cli-cp-"));
    return () => rmSync(folder, { recursive: true });
  });

  const cp = (...argv: string[]): ReturnType<typeof crikit> =>
    crikit(["cp", "--runtime-endpoint", lab.endpoint, ...argv]);
  const at = (path: string): string => join(folder, path);
  const inside = async (script: string): Promise<string> =>
    Buffer.from((await app.execSync(["sh", "-c", script])).stdout).toString();

  /** Files of every kind that is copied. */
  function makeTree(): void {
    mkdirSync(at("tree/sub/empty"), { recursive: true });
    writeFileSync(at("tree/a"), "one\n", { mode: 0o751 });
    writeFileSync(at("tree/sub/big"), Buffer.alloc(3_000_000, "0123456789"));
    writeFileSync(at("tree/näme with blank"), "");
    writeFileSync(at(`tree/${"long".repeat(40)}`), "long");
    linkSync(at("tree/a"), at("tree/sub/same"));
    symlinkSync("sub/big", at("tree/link"));
    symlinkSync("/etc/passwd", at("tree/absolute"));
    utimesSync(at("tree/sub/big"), 1, 1_000_000_000);
  }

  test.each(["tar", "root"])("a tree goes in and comes back as it was, by %s", async (way) => {
    makeTree();
    await inside("rm -rf /tmp/in; mkdir /tmp/in");
    expect(await cp("--via", way, at("tree"), "web/app:/tmp/in")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^copied 10 files, 3MB\n/u),
    });
    expect(
      await inside("cat /tmp/in/tree/sub/same; stat -c '%a %u' /tmp/in/tree/a; readlink /tmp/in/tree/absolute"),
    ).toBe("one\n751 0\n/etc/passwd\n");
    expect(await cp("--via", way, "web/app:/tmp/in/tree", at("back"))).toMatchObject({ code: 0 });
    const diff = spawnSync("diff", ["-r", "--no-dereference", at("tree"), at("back")], { encoding: "utf8" });
    expect(diff.stdout).toBe("");
    expect(lstatSync(at("back/sub/same")).ino).toBe(lstatSync(at("back/a")).ino);
    expect(lstatSync(at("back/a")).mode & 0o7777).toBe(0o751);
    expect(lstatSync(at("back/sub/big")).mtimeMs).toBe(1_000_000_000_000);
  });

  test("without a tar it goes by the container's root", async () => {
    writeFileSync(at("file"), "through the root");
    expect(await cp(at("file"), "bare:/tmp/")).toMatchObject({ code: 0 });
    expect(await cp("bare:/tmp/file", at("again"))).toMatchObject({ code: 0 });
    expect(readFileSync(at("again"), "utf8")).toBe("through the root");
    expect(await cp("--via", "tar", "bare:/tmp/file", at("again"))).toMatchObject({ code: 1 });
  });

  test("from one container to another", async () => {
    await inside("mkdir -p /tmp/from/deep; echo here > /tmp/from/deep/file");
    for (const to of ["other", "bare"]) {
      expect(await cp("app:/tmp/from", `${to}:/tmp/to`)).toMatchObject({ code: 0 });
      expect(await cp(`${to}:/tmp/to/deep/file`, at(to))).toMatchObject({ code: 0 });
      expect(readFileSync(at(to), "utf8")).toBe("here\n");
    }
  });

  test.each(["tar", "root"])("into a folder that is there, under a new name, or what is in it, by %s", async (way) => {
    await inside("rm -rf /tmp/s /tmp/t; mkdir -p /tmp/s /tmp/t; echo x > /tmp/s/f");
    mkdirSync(at("there"));
    for (const [from, to, made] of [
      ["/tmp/s", "there", "there/s/f"],
      ["/tmp/s", "new", "new/f"],
      ["/tmp/s/.", "there", "there/f"],
      ["/tmp/s/f", "there/", "there/f"],
      ["/tmp/s/f", "named", "named"],
    ] as const) {
      expect(await cp("--via", way, `app:${from}`, at(to)), `${from} ${to}`).toMatchObject({ code: 0 });
      expect(readFileSync(at(made), "utf8")).toBe("x\n");
    }
    expect(await cp("--via", way, `${folder}/there/.`, "app:/tmp/t")).toMatchObject({ code: 0 });
    expect(await inside("ls /tmp/t")).toBe("f\ns\n");
    expect(await cp("--via", way, "app:/tmp/s/f", at("none/"))).toMatchObject({ code: 1 });
    expect(await cp("--via", way, "app:/tmp/s/f", at("none/such/f"))).toMatchObject({ code: 1 });
    expect(await cp("--via", way, "app:/tmp/nothing", at("x"))).toMatchObject({ code: 1, stdout: "" });
    expect(existsSync(at("x"))).toBe(false);
  });

  test("what comes from a container has no rights here, unless that is asked for", async () => {
    await inside("cp /bin/busybox /tmp/suid; chown 12:34 /tmp/suid; chmod 6755 /tmp/suid");
    for (const way of ["tar", "root"]) {
      await cp("--via", way, "app:/tmp/suid", at("plain"));
      expect(lstatSync(at("plain"))).toMatchObject({ uid: process.getuid?.(), mode: 0o100755 });
      await cp("--via", way, "-a", "app:/tmp/suid", at("kept"));
      expect(lstatSync(at("kept"))).toMatchObject({ uid: 12, gid: 34, mode: 0o106755 });
    }
  });

  test("a link in the container leads nowhere outside of it", async () => {
    writeFileSync(at("secret"), "of the host");
    const secret = at("secret");
    await inside(
      `cd /tmp; rm -rf m; mkdir m; cd m; ln -s ${secret} file; ln -s ${folder} dir; ln -s ../../../../../../../../${secret} up
       ln -s /proc/1/root root; ln -s / slash; mkdir trap; ln -s ${folder} trap/out`,
    );
    // Read: what the link names is looked for in the container, where it is not.
    for (const path of ["dir/secret", "root/../..//proc/self/cwd/../secret", `slash${secret}`]) {
      expect(await cp("--via", "root", `app:/tmp/m/${path}`, at("stolen")), path).toMatchObject({ code: 1 });
    }
    expect(await cp("--via", "root", "app:/tmp/m/file", at("stolen"))).toMatchObject({ code: 0 });
    expect(lstatSync(at("stolen")).isSymbolicLink()).toBe(true); // the link itself, as it is
    // Write: through links to folders that are there only on this machine.
    writeFileSync(at("evil"), "evil");
    for (const path of ["dir/new", "trap/out/new", "up", "dir/secret"]) {
      await cp("--via", "root", at("evil"), `app:/tmp/m/${path}`);
    }
    mkdirSync(at("trap/out"), { recursive: true });
    writeFileSync(at("trap/out/new"), "evil");
    expect(await cp("--via", "root", at("trap"), "app:/tmp/m")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/in the place of the folder 'out'|symbolic link/u),
    });
    expect(existsSync(at("new"))).toBe(false);
    expect(readFileSync(secret, "utf8")).toBe("of the host");
  });

  test("a tar that lies is refused, and nothing is written outside of the destination", async () => {
    await using liar = await pod.start({ name: "liar", image: busyboxImage, command: idle });
    const lie = '#!/bin/sh\n[ "$1" = --version ] || exec cat /tmp/lie\n';
    writeFileSync(at("tar"), lie, { mode: 0o755 });
    const { stdout } = await liar.execSync(["sh", "-c", "which tar"]);
    const place = Buffer.from(stdout).toString().trim();
    expect(await cp("--via", "root", at("tar"), `liar:${place}`)).toMatchObject({ code: 0 });
    const lies: readonly (readonly Partial<Header>[])[] = [
      [{ name: "../evil" }],
      [{ name: "/evil" }],
      [{ name: "x/../../evil" }],
      [{ name: "other" }],
      [{ name: "x", type: "directory" }, { name: "x/out", type: "symlink", linkname: folder }, { name: "x/out/evil" }],
      [{ name: "x", type: "symlink", linkname: folder }, { name: "x/evil" }],
      [
        { name: "x", type: "directory" },
        { name: "x/hard", type: "link", linkname: "../secret" },
      ],
      [
        { name: "x", type: "directory" },
        { name: "x/hard", type: "link", linkname: "/etc/passwd" },
      ],
    ];
    for (const [nth, entries] of lies.entries()) {
      const tar = pack();
      for (const { name = "", ...rest } of entries) tar.entry({ name, mode: 0o755, ...rest }, rest.type ? "" : "evil");
      tar.finalize();
      const chunks: Uint8Array[] = [];
      for await (const chunk of tar) chunks.push(chunk as Uint8Array);
      writeFileSync(at("lie"), Buffer.concat(chunks));
      expect(await cp("--via", "root", at("lie"), "liar:/tmp/")).toMatchObject({ code: 0 });
      mkdirSync(at(`to-${nth}`));
      const told = await cp("--via", "tar", "liar:/tmp/x", at(`to-${nth}`));
      expect(told, JSON.stringify(entries)).toMatchObject({ code: 1, stdout: "" });
      expect(existsSync(at("evil")) || existsSync("/evil")).toBe(false);
      expect(existsSync(at(`to-${nth}/x/hard`))).toBe(false);
    }
  });

  test("a tar that cannot be read is refused as such, and is no bug of crikit's", async () => {
    await using liar = await pod.start({ name: "fool", image: busyboxImage, command: idle });
    const { stdout } = await liar.execSync(["sh", "-c", "which tar"]);
    const place = Buffer.from(stdout).toString().trim();
    for (const lie of ["echo this is no tar; exec head -c 2000 /dev/urandom", "printf cut"]) {
      writeFileSync(at("tar"), `#!/bin/sh\n[ "$1" = --version ] || { ${lie}; }\n`, { mode: 0o755 });
      expect(await cp("--via", "root", at("tar"), `fool:${place}`)).toMatchObject({ code: 0 });
      const told = await cp("--via", "tar", "fool:/tmp/x", at("x"));
      expect(told).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("cannot be read") });
    }
  });

  test("a copy that is given up leaves no tar behind", async () => {
    await inside("dd if=/dev/zero of=/tmp/large bs=1M count=200 2>/dev/null");
    const tars = (): Promise<string> => inside("ps -o pid,args | grep '[t]ar -[cx]f' || true");
    // A folder that takes some, and then no more: the disk is too small for it.
    mkdirSync(at("small"));
    spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "none", at("small")]);
    try {
      expect(await cp("--via", "tar", "app:/tmp/large", at("small/"))).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("ENOSPC"),
      });
      expect(await tars()).toBe("");
    } finally {
      spawnSync("umount", [at("small")]);
    }
    for (const argv of [
      ["app:/tmp/large", at("out")],
      ["app:/tmp/large", "other:/tmp/large"],
    ]) {
      const child = start(["cp", "--via", "tar", "--runtime-endpoint", lab.endpoint, ...argv]);
      const done = ended(child);
      await vi.waitFor(async () => expect(await tars()).not.toBe(""), { timeout: 10_000 });
      kill(child.pid ?? 0, "SIGINT");
      expect(await done).toMatchObject({ code: 130 });
      expect(await tars()).toBe("");
    }
    await inside("rm /tmp/large");
  });

  test("words that make no sense are told", async () => {
    expect(await cp("a", "b")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("neither of them is a container's"),
    });
    expect(await cp("app:", "b")).toMatchObject({ code: 2 });
    expect(await cp(":x", "b")).toMatchObject({ code: 2 });
    expect(await cp("nobody:/x", "b")).toMatchObject({ code: 1 });
  });
});
