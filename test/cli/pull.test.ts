import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createContainerdServices } from "../../src/containerd/services.ts";
import type { Connection } from "../../src/cri/connect.ts";
import { Lab } from "../../src/lab/lab.ts";
import { containerds } from "../runtime/labs.ts";
import { crikit, type Ended, ended, openTerminal, runInTerminal, start, type RunOptions } from "./crikit.ts";
import { digestOf, FaultyProxy, makeImage, openTo, Registry, type TestImage, user } from "./registry.ts";

const pair = `${user.name}:${user.password}`;
const base64 = Buffer.from(pair).toString("base64");
const upToDate = ({ id }: TestImage): string => `Image is up to date for ${id}\n`;

describe.each(containerds)("pulling with $name", ({ path }) => {
  const folder = mkdtempSync(join(tmpdir(), "crikit-pull-"));
  let lab: Lab;
  let connection: Connection;
  let open: Registry;
  let locked: Registry;
  let image: TestImage;
  let name: string;
  let secretName: string;

  beforeAll(async () => {
    [lab, open, locked, image] = await Promise.all([
      Lab.start({ name: `cli-pull-${process.pid}`, containerd: path, ephemeral: true }),
      Registry.start(),
      Registry.start({ withPassword: true }),
      makeImage(),
    ]);
    connection = await lab.connect();
    openTo(lab, open);
    openTo(lab, locked);
    name = `${open.host}/team/app:1`;
    secretName = `${locked.host}/team/app:1`;
    await open.push(image, "team/app", "1");
    await locked.push(image, "team/app", "1");
  });
  afterAll(async () => {
    connection.close();
    await Promise.all([open[Symbol.asyncDispose](), locked[Symbol.asyncDispose]()]);
    await lab.down();
    rmSync(folder, { recursive: true });
  });

  const pull = (argv: readonly string[], options: RunOptions = {}): Promise<Ended> =>
    // A home without a configuration of Docker's.
    crikit(["-r", lab.endpoint, "pull", ...argv], { ...options, env: { HOME: folder, ...options.env } });

  /** Takes the image away, so that the next pull is one, and says whether it was there. */
  async function remove(reference: string): Promise<boolean> {
    const wanted = { image: { image: reference } };
    const { image: found } = await connection.image.imageStatus(wanted);
    await connection.image.removeImage(wanted);
    return found !== undefined;
  }

  test("an image says what it is called from now on", async () => {
    expect(await pull([name])).toEqual({ code: 0, signal: null, stdout: upToDate(image), stderr: "" });
    expect(await pull([name, "-o", "json"])).toMatchObject({
      code: 0,
      stdout: `${JSON.stringify([{ image: name, imageRef: image.id }], null, 2)}\n`,
    });
    expect(await remove(name)).toBe(true);
  });

  test("by its digest too", async () => {
    const byDigest = `${open.host}/team/app@${image.manifest.digest}`;
    expect(await pull([byDigest])).toMatchObject({ code: 0, stdout: upToDate(image) });
    expect(await remove(byDigest)).toBe(true);
  });

  test("takes one RPC, and no look at what it writes", async () => {
    const { stderr } = await pull([name]);
    const debugged = await pull(["-D", name]);
    expect(stderr).toBe("");
    expect([...debugged.stderr.matchAll(/^debug: (\w+) on/gmu)].map(([, rpc]) => rpc)).toEqual(["PullImage"]);
  });

  test("several at once, and what cannot be pulled does not keep the others back", async () => {
    const other = await makeImage();
    await open.push(other, "team/other", "2");
    const otherName = `${open.host}/team/other:2`;
    const end = await pull([name, `${open.host}/team/nope:3`, otherName]);
    expect(end.code).toBe(1);
    expect(end.stdout.split("\n").toSorted()).toEqual(["", upToDate(image).trim(), upToDate(other).trim()].toSorted());
    expect(end.stderr).toMatch(/^crikit: PullImage on .*team\/nope:3.*not found\nhint: the registry has no image/u);
    expect(await remove(otherName)).toBe(true);
  });

  test("a tag that is not there is told as such, and nothing has a name", async () => {
    const missing = `${open.host}/team/app:nope`;
    const end = await pull([missing]);
    expect(end).toMatchObject({ code: 1, stdout: "" });
    expect(end.stderr).toMatch(
      /^crikit: PullImage on .*not found\nhint: the registry has no image of that name and tag: check its spelling\n$/u,
    );
    expect(await remove(missing)).toBe(false);
  });

  test("a registry that nobody reaches is told as such", async () => {
    const end = await pull(["127.0.0.1:1/team/app:1"]);
    expect(end).toMatchObject({ code: 1, stdout: "" });
    expect(end.stderr).toMatch(/connection refused\nhint: the runtime cannot reach the registry/u);
  });

  test.each([
    [
      "a platform, for which CRI has no word",
      ["x", "--platform", "linux/arm64"],
      /^crikit: --platform: CRI has no word/u,
    ],
    ["what is no name of an image", ["Not An Image"], /^crikit: 'Not An Image' is not the name of an image\n/u],
    ["no image", [], /^crikit: missing required argument 'image'\n/u],
    ["two flags for one thing", ["x", "--creds", "a:b", "--auth", "YTpi"], /^crikit: --creds and --auth say the same/u],
    ["a password for nobody", ["x", "--password-stdin"], /^crikit: --password-stdin needs --username\n/u],
    ["what is no base64", ["x", "--auth", "S3cret"], /^crikit: --auth is not USER:PASSWORD in base64\n/u],
    [
      "a file that is not there",
      ["x", "--authfile", "/nope"],
      /^crikit: cannot read the credentials in \/nope: there is no/u,
    ],
    ["a wrong time", ["x", "--pt", "soon"], /^crikit: --pull-timeout: 'soon' is not a duration/u],
  ])("%s is refused before anything is sent", async (_, argv, message) => {
    const end = await pull(["-D", ...argv]);
    expect(end).toMatchObject({ code: expect.toSatisfy((code) => code === 2), stdout: "" });
    expect(end.stderr.replace(/^note: .*\n|^pulling .*\n/u, "")).toMatch(message);
    expect(end.stderr).not.toMatch(/^debug:|S3cret/mu);
  });

  test("the pod that an image is for comes from a file, which is read before anything is sent", async () => {
    const config = join(folder, "pod.json");
    writeFileSync(config, JSON.stringify({ metadata: { name: "pod", namespace: "default", uid: "1" } }));
    const told = await pull(["-D", "--pod-config", config, "-a", "who=me", name]);
    expect(told).toMatchObject({ code: 0, stdout: upToDate(image) });
    const sent = told.stderr.replaceAll(/\s/gu, "");
    expect(sent).toMatch(
      />\{"image":\{[^}]*"annotations":\{"who":"me"\}.*"sandboxConfig":\{"metadata":\{"name":"pod"/u,
    );
    writeFileSync(config, JSON.stringify({ metadta: { name: "pod" } }));
    const refused = await pull(["-D", "--pod-config", config, name]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).not.toContain("debug:");
    expect(await remove(name)).toBe(true);
  });

  describe("where a password is wanted", () => {
    test("without one it says how to give it", async () => {
      const end = await pull([secretName]);
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toMatch(/\nhint: the registry wants credentials: -u USER, --authfile FILE, or/u);
    });

    test("a wrong one is told as such, and shown nowhere, not even under --debug", async () => {
      const wrong = "N0tIt:at/all";
      const end = await pull([secretName, "-D", "-u", user.name, "--password-stdin"], { stdin: `${wrong}\n` });
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toMatch(/\nhint: the registry did not accept the credentials/u);
      const spellings = [wrong, encodeURIComponent(wrong), Buffer.from(`${user.name}:${wrong}`).toString("base64")];
      for (const spelling of spellings) expect(end.stderr).not.toContain(spelling);
      expect(end.stderr).toContain('"password":"[redacted]"');
    });

    const helper = (program: string, lines: readonly string[]): { readonly PATH: string } => {
      writeFileSync(join(folder, `docker-credential-${program}`), ["#!/bin/sh", ...lines, ""].join("\n"));
      chmodSync(join(folder, `docker-credential-${program}`), 0o755);
      return { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    };
    const file = (fileName: string, content: object): string => {
      writeFileSync(join(folder, fileName), JSON.stringify(content));
      return join(folder, fileName);
    };
    const answer = JSON.stringify({ Username: user.name, Secret: user.password });

    const ways: Readonly<Record<string, () => { readonly argv?: readonly string[] } & RunOptions>> = {
      "standard input": () => ({ argv: ["-u", user.name, "--password-stdin"], stdin: user.password }),
      CRICTL_CREDS: () => ({ env: { CRICTL_CREDS: pair } }),
      CRICTL_AUTH: () => ({ env: { CRICTL_AUTH: base64 } }),
      "a file by the registry's name": () => ({
        argv: ["--authfile", file("auth.json", { auths: { [locked.host]: { auth: base64 } } })],
      }),
      "a file by a part of the image's name, before the registry's": () => ({
        argv: [
          "--authfile",
          file("parts.json", {
            auths: { [locked.host]: { auth: "d3Jvbmc6b25l" }, [`${locked.host}/team`]: { auth: base64 } },
          }),
        ],
      }),
      "Docker's configuration, by a URL of old": () => {
        file("config.json", { auths: { [`http://${locked.host}/v1/`]: { auth: base64 } } });
        return { env: { DOCKER_CONFIG: folder } };
      },
      "a credential helper of the registry": () => {
        const asked = `[ "$1" = get ] && read -r host && [ "$host" = ${locked.host} ] || exit 9`;
        file("config.json", { credHelpers: { [locked.host]: "one" }, auths: { [locked.host]: {} } });
        return { env: { DOCKER_CONFIG: folder, ...helper("one", [asked, `echo '${answer}'`]) } };
      },
      "the credential helper of all, where the registry's own knows nothing": () => {
        file("config.json", { credHelpers: { [locked.host]: "none" }, credsStore: "all" });
        helper("none", ["echo credentials not found in native keychain", "exit 1"]);
        return { env: { DOCKER_CONFIG: folder, ...helper("all", [`echo '${answer}'`]) } };
      },
    };
    test.each(Object.keys(ways))("the password comes from %s", async (way) => {
      const { argv = [], ...options } = ways[way]!();
      expect(await pull([...argv, secretName], options)).toMatchObject({
        code: 0,
        stdout: upToDate(image),
        stderr: "",
      });
      expect(await remove(secretName)).toBe(true);
    });

    test.each([
      ["--creds", pair],
      ["--auth", base64],
    ])("%s works, with a word of who can read it", async (flag, value) => {
      const end = await pull([flag, value, secretName]);
      expect(end).toMatchObject({ code: 0, stdout: upToDate(image) });
      expect(end.stderr).toMatch(/^note: a password among the words of a command is for everybody to see/u);
      expect(await remove(secretName)).toBe(true);
    });

    test("flags win over the environment, and that over files", async () => {
      file("config.json", { auths: { [locked.host]: { auth: "d3Jvbmc6b25l" } } });
      const env = { DOCKER_CONFIG: folder, CRICTL_CREDS: pair };
      expect(await pull([secretName], { env })).toMatchObject({ code: 0 });
      expect(await pull([secretName, "--creds", "wrong:one"], { env })).toMatchObject({ code: 1 });
      expect(await remove(secretName)).toBe(true);
    });

    test("it is asked for on the terminal, and not shown there", async () => {
      const terminal = openTerminal(["-r", lab.endpoint, "pull", "-u", user.name, secretName], { HOME: folder });
      await terminal.shows("Password: ");
      terminal.type(`wrong\u0015${user.password}x\u007f\r`); // Ctrl-U and Backspace work
      const { code, stdout } = await terminal.ended();
      expect(code).toBe(0);
      expect(stdout).toContain(upToDate(image).trim());
      expect(stdout).not.toContain(user.password.slice(0, 3));
      expect(await remove(secretName)).toBe(true);
    });

    test("Ctrl-C at the question ends it", async () => {
      const terminal = openTerminal(["-r", lab.endpoint, "pull", "-u", user.name, secretName], { HOME: folder });
      await terminal.shows("Password: ");
      terminal.type("\u0003");
      expect((await terminal.ended()).code).toBe(130);
      expect(await remove(secretName)).toBe(false);
    });

    test("without a terminal there is nobody to ask", async () => {
      const child = start(["-r", lab.endpoint, "pull", "-u", user.name, secretName], { detached: true });
      const end = await ended(child);
      expect(end).toMatchObject({ code: 2, stdout: "" });
      expect(end.stderr).toMatch(/^crikit: there is no terminal to ask for the password on\nhint: .*--password-stdin/u);
    });

    test.each([
      ["is missing", [], /there is no program 'docker-credential-lost' on this machine/u],
      [
        "fails",
        ["echo the keychain is locked", "exit 1"],
        /docker-credential-lost failed \(exit code 1\): the keychain/u,
      ],
      ["answers something else", ["echo 'S3cret!'"], /docker-credential-lost did not answer with the JSON/u],
    ])("a credential helper that %s is named, and where it stands", async (_, lines, message) => {
      const path = lines.length === 0 ? {} : helper("lost", lines);
      file("config.json", { credsStore: "lost" });
      const end = await pull([secretName], { env: { DOCKER_CONFIG: folder, ...path } });
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toMatch(message);
      expect(end.stderr).toContain(
        `\nhint: ${folder}/config.json says that it has the credentials for ${locked.host}\n`,
      );
      expect(end.stderr).not.toContain("S3cret");
    });

    test("a file that is no JSON is named without a word of what is in it", async () => {
      writeFileSync(join(folder, "config.json"), `{"auths": {"x": {"auth": ${base64}}}}`);
      const end = await pull(["-D", secretName], { env: { DOCKER_CONFIG: folder } });
      expect(end).toMatchObject({ code: 2, stdout: "" });
      expect(end.stderr).toMatch(/^crikit: the credentials in .*config\.json: it is not JSON$/mu);
      expect(end.stderr).not.toContain(base64.slice(0, 6));
    });
  });

  describe("from a registry that fails", () => {
    let large: TestImage;
    beforeAll(async () => {
      large = await makeImage({ layerBytes: [5_000_000, 3_000_000, 10_000] });
      await open.push(large, "team/large", "1");
    });

    const stored = async () => {
      const { content, leases } = createContainerdServices(connection.caller);
      return {
        writing: (await content.listStatuses({})).statuses.map(({ ref }) => ref),
        leases: (await leases.list({})).leases.length,
      };
    };
    const nothing = { writing: [], leases: 0 };

    test("in the middle of a layer: it says so, and no half image is left", async () => {
      await using proxy = await FaultyProxy.before(open);
      openTo(lab, proxy);
      const reference = `${proxy.host}/team/large:1`;
      proxy.faults.set(large.layers[0]!.digest, { dieAfterBytes: 2_500_000 });
      const end = await pull([reference]);
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toMatch(/^crikit: PullImage on .*\nhint: the (runtime cannot reach|connection to)/u);
      expect(await remove(reference)).toBe(false);
      await vi.waitFor(async () => expect(await stored()).toEqual(nothing), { timeout: 20_000 });
    });

    test("slowly: a terminal shows bytes and layers while they come, and nothing of them at the end", async () => {
      await using proxy = await FaultyProxy.before(open);
      openTo(lab, proxy);
      proxy.faults.set(large.layers[0]!.digest, { holdAfterBytes: 2_500_000 });
      const terminal = openTerminal(["-r", lab.endpoint, "pull", `${proxy.host}/team/large:1`], { HOME: folder });
      await terminal.shows(/\d(\.\d+)?MB of 8\.0\dMB, 2 of 3 layers/u);
      proxy.release();
      const { code, stdout } = await terminal.ended();
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`\\r\\u001b\\[K${upToDate(large)}$`, "u"));
      expect(await remove(`${proxy.host}/team/large:1`)).toBe(true);
    });

    test("and when it is interrupted, the runtime drops what it was writing", async () => {
      await using proxy = await FaultyProxy.before(open);
      openTo(lab, proxy);
      const reference = `${proxy.host}/team/large:1`;
      proxy.faults.set(large.layers[0]!.digest, { holdAfterBytes: 2_500_000 });
      const child = start(["-r", lab.endpoint, "pull", reference]);
      await proxy.holding();
      expect((await stored()).writing).not.toEqual([]);
      child.kill("SIGINT");
      expect(await ended(child)).toMatchObject({ code: 130, stdout: "", stderr: "" });
      await vi.waitFor(async () => expect(await stored()).toEqual(nothing), { timeout: 20_000 });
      expect(await remove(reference)).toBe(false);
    });

    test("and when its time is over, as --pull-timeout has it", async () => {
      await using proxy = await FaultyProxy.before(open);
      openTo(lab, proxy);
      proxy.faults.set(large.layers[0]!.digest, { holdAfterBytes: 2_500_000 });
      const end = await pull(["--pt", "1500ms", `${proxy.host}/team/large:1`]);
      expect(end).toMatchObject({ code: 1, stdout: "" });
      // The runtime is told of the limit as well, and may be the first to say that it is over.
      expect(end.stderr).toMatch(
        /(?:took longer than 1500 ms|deadline exceeded.*)\nhint: give it longer: --pull-time/u,
      );
      await vi.waitFor(async () => expect(await stored()).toEqual(nothing), { timeout: 20_000 });
    });
  });

  test("--debug off a terminal says what is here, a line a layer", async () => {
    const end = await pull(["-D", name]);
    expect(end.stderr).toContain(`pulling ${name}\n`);
  });

  test("a digest that the registry lacks is told as such", async () => {
    const end = await pull([`${open.host}/team/app@${digestOf("nothing")}`]);
    expect(end).toMatchObject({ code: 1, stdout: "" });
    expect(end.stderr).toMatch(/not found\nhint: the registry has no image/u);
  });
});

test("a terminal of no runtime shows why", async () => {
  expect(await runInTerminal(["-r", "/nope.sock", "pull", "x"])).toContain("/nope.sock");
});
