import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "../../src/lab/lab.ts";
import { crikit, crikitLine, shell } from "./crikit.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start({ name: `cli-rpc-${process.pid}`, ephemeral: true });
});
afterAll(() => lab.down());

const rpc = (argv: readonly string[], stdin?: string) =>
  crikit(["-r", lab.endpoint, "rpc", ...argv], stdin === undefined ? {} : { stdin });

describe("a method is called by its name", () => {
  test("and answers in JSON", async () => {
    const end = await rpc(["RuntimeService/Version"]);
    expect(end).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(end.stdout)).toMatchObject({ runtimeName: "containerd", runtimeApiVersion: "v1" });
    expect((await rpc(["runtime.v1.RuntimeService/Version"])).stdout).toBe(end.stdout);
  });

  test("with a request from the command line, or from standard input", async () => {
    const request = '{"image":{"image":"localhost/crikit/busybox:lab"}}';
    const end = await rpc(["ImageStatus", request]);
    expect(JSON.parse(end.stdout)).toMatchObject({ image: { repoTags: ["localhost/crikit/busybox:lab"] } });
    expect((await rpc(["ImageStatus", "-"], request)).stdout).toBe(end.stdout);
  });

  test("in YAML, where that is asked for", async () => {
    expect((await rpc(["RuntimeService/Version", "-o", "yaml"])).stdout).toMatch(/^runtimeName: containerd$/mu);
  });

  test("of containerd's own, in the namespace of CRI unless another is named", async () => {
    const names = async (...argv: string[]): Promise<string[]> => {
      const { images } = JSON.parse((await rpc(["Images/List", ...argv])).stdout) as { images: { name: string }[] };
      return images.map(({ name }) => name);
    };
    expect(await names()).toContain("localhost/crikit/busybox:lab");
    expect(await names("--namespace", "other")).toEqual([]);
  });

  test("and streams, an answer a line", async () => {
    const { code, stdout } = await rpc(["Content/List", "-o", "jsonl"]);
    expect(code).toBe(0);
    const blobs = stdout
      .trim()
      .split("\n")
      .flatMap((line) => (JSON.parse(line) as { info: { digest: string }[] }).info);
    expect(blobs.map(({ digest }) => digest)).toContainEqual(expect.stringMatching(/^sha256:/u));
  });

  test("of a proto that somebody brings", async () => {
    const folder = mkdtempSync(join(tmpdir(), "crikit-proto-"));
    try {
      const file = join(folder, "my.proto");
      writeFileSync(
        file,
        `syntax = "proto3"; package runtime.v1;
         service RuntimeService { rpc Version(Nothing) returns (Short); }
         message Nothing {} message Short { string name = 2; }`,
      );
      expect(JSON.parse((await rpc(["Version", "--proto", file])).stdout)).toEqual({ name: "containerd" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("what goes wrong", () => {
  test("at the runtime is told with the method's name", async () => {
    const end = await rpc(["PodSandboxStatus", '{"podSandboxId":"nope"}']);
    expect(end).toMatchObject({ code: 1, stdout: "" });
    expect(end.stderr).toMatch(/^crikit: .*PodSandboxStatus.*\n/u);
  });

  test.each([
    ["the request is not JSON", ["RuntimeService/Version", "{"]],
    ["no field", ["ListPodSandbox", '{"fitler":{}}']],
    ["name one method", []],
    ["name one method", ["--list", "--describe", "Version"]],
    ["cannot read the protos", ["--list", "--proto", "/nope.proto"]],
  ])("in the words is found before anything is sent: %s", async (message, argv) => {
    const end = await rpc(argv);
    expect(end).toMatchObject({ code: 2, stdout: "" });
    expect(end.stderr).toContain(message);
  });
});

test("--debug shows the request, without its password", async () => {
  const request = '{"image":{"image":"registry.test/x"},"auth":{"username":"bob","password":"hunter2"}}';
  const { stderr } = await crikit(["-D", "-r", "/nope.sock", "rpc", "PullImage", request]);
  expect(stderr).toMatch(/^debug: PullImage .*\n {2}> .*"username":"bob"/u);
  expect(stderr).not.toContain("hunter2");
});

describe("protos", () => {
  test("are listed, for people and for programs", async () => {
    const { stdout } = await crikit(["rpc", "--list"]);
    expect(stdout).toMatch(/^METHOD +REQUEST +RESPONSE\n/u);
    expect(stdout).toMatch(
      /^runtime\.v1\.RuntimeService\/GetContainerEvents +\S+ +stream runtime\.v1\.ContainerEventResponse$/mu,
    );
    const methods = JSON.parse((await crikit(["rpc", "--list", "-o", "json"])).stdout) as { name: string }[];
    expect(methods.map(({ name }) => name)).toContain("containerd.services.leases.v1.Leases/Create");
  });

  test.each([
    ["PodSandboxState", /^enum runtime\.v1\.PodSandboxState \{\n(.*\n)* {2}SANDBOX_NOTREADY = 1;\n\}$/mu],
    [
      "PodSandboxFilter",
      /^message runtime\.v1\.PodSandboxFilter \{\n(.*\n)* {2}map<string, string> labelSelector = 3;\n\}$/mu,
    ],
    ["RuntimeService", /^ {2}rpc GetContainerEvents\(\S+\) returns \(stream \S+\);$/mu],
    ["RunPodSandbox", /^rpc runtime\.v1\.RuntimeService\/RunPodSandbox\(\S+\) returns \(\S+\);$/mu],
  ])("are described as protos: %s", async (name, written) => {
    expect((await crikit(["rpc", "--describe", name])).stdout).toMatch(written);
  });

  test("that are longer than a pipe are not cut, however slowly they are read", async () => {
    const folder = mkdtempSync(join(tmpdir(), "crikit-long-"));
    try {
      const methods = Array.from({ length: 2_000 }, (_, at) => `rpc Method${at}(Nothing) returns (Nothing);`);
      const file = join(folder, "long.proto");
      writeFileSync(file, `syntax = "proto3"; package long; message Nothing {} service Long { ${methods.join("\n")} }`);
      const { stdout } = await shell(`${crikitLine()} rpc --list -o json --proto ${file} | { sleep 1; cat; }`);
      expect(stdout.length).toBeGreaterThan(4 * 65_536);
      expect(JSON.parse(stdout)).toHaveLength(2_000);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
