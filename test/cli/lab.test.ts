import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crikit, crikitLine, ended, runInTerminal, shell, start } from "./crikit.ts";

const name = `cli-${process.pid}`;
const other = `${name}-other`;
const lab = (verb: string, ...argv: readonly string[]) => crikit(["lab", verb, "--name", name, ...argv]);

interface Status {
  readonly name: string;
  readonly state: string;
  readonly endpoint: string;
  readonly dir: string;
}

async function statusOf(wanted: string): Promise<Status | undefined> {
  const { stdout } = await crikit(["lab", "status", "-o", "json"]);
  return (JSON.parse(stdout) as Status[]).find((each) => each.name === wanted);
}

beforeAll(async () => {
  const up = await lab("up");
  expect(up).toMatchObject({ code: 0, stderr: "" });
  expect(up.stdout).toMatch(new RegExp(`^lab '${name}' is up: containerd \\S+ on unix:///\\S+\\n`, "u"));
});
afterAll(async () => {
  expect(await lab("down")).toMatchObject({ code: 0, stdout: `lab '${name}' is down\n`, stderr: "" });
  expect(await lab("down")).toMatchObject({ code: 0, stdout: `there is no lab named '${name}'\n`, stderr: "" });
  expect(await lab("env")).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining(`no lab named '${name}'`),
  });
});

describe("a lab that is up", () => {
  test("is listed, for people and for programs", async () => {
    const status = await statusOf(name);
    expect(status).toMatchObject({ name, state: "running" });
    const { stdout } = await crikit(["lab", "status"]);
    expect(stdout).toMatch(/^LAB +STATE +CONTAINERD +SUBNETS +ENDPOINT\n/u);
    expect(stdout).toMatch(new RegExp(`^${name} +running .* ${status?.endpoint}$`, "mu"));
  });

  test("is green in the list, on a terminal that has colours", async () => {
    expect(await runInTerminal(["lab", "status"])).toContain("\u001b[32mrunning\u001b[39m");
    expect(await runInTerminal(["lab", "status"], { NO_COLOR: "1" })).not.toContain("\u001b[32m");
  });

  test("may be brought up again", async () => {
    const before = await statusOf(name);
    expect(await lab("up", "-o", "json")).toMatchObject({ code: 0, stderr: "" });
    expect(await statusOf(name)).toEqual(before);
  });

  test("is what a shell talks to that took in its environment", async () => {
    const { endpoint } = (await statusOf(name)) ?? { endpoint: "" };
    expect((await lab("env")).stdout).toBe(
      `export CONTAINER_RUNTIME_ENDPOINT=${endpoint}\nexport IMAGE_SERVICE_ENDPOINT=${endpoint}\n`,
    );
    const node = `${crikitLine()}`;
    const { stdout } = await shell(`eval "$(${node} lab env --name ${name})" && ${node} version`);
    expect(stdout).toMatch(
      /^Version: {2}0\.1\.0\nRuntimeName: {2}containerd\nRuntimeVersion: {2}\S+\nRuntimeApiVersion: {2}v1\n$/u,
    );
  });
});

describe("version", () => {
  const version = async (...argv: string[]) =>
    crikit(["-r", (await statusOf(name))?.endpoint ?? "", "version", ...argv]);

  test("is CRI's own answer as JSON and as YAML", async () => {
    const answer = {
      version: "0.1.0",
      runtimeName: "containerd",
      runtimeVersion: expect.any(String),
      runtimeApiVersion: "v1",
    };
    const json = await version("-o", "json");
    expect(JSON.parse(json.stdout)).toEqual(answer);
    const { parse } = await import("yaml");
    expect(parse((await version("-oyaml")).stdout)).toEqual(JSON.parse(json.stdout));
  });

  test("is one call, which --debug shows on stderr", async () => {
    const { stdout, stderr } = await version("-D");
    expect(stdout).toMatch(/^Version: /u);
    expect(stderr).toMatch(
      /^debug: Version on unix:\S+ took [\d.]+ ms\n {2}> \{\}\n {2}< \{"version":"0\.1\.0",.*\}\n$/u,
    );
  });
});

test("Ctrl-C while a lab comes up takes down what there is of it", async () => {
  const child = start(["-D", "lab", "up", "--name", other]);
  const up = ended(child);
  // Its first word on stderr is said before its first deed.
  await new Promise((resolve) => child.stderr?.once("data", resolve));
  const status = await statusOf(other);
  child.kill("SIGINT");
  expect(await up).toMatchObject({ code: 130, stdout: "" });
  expect(await statusOf(other)).toBeUndefined();
  expect(existsSync(status?.dir ?? `/var/lib/crikit/labs/${other}`)).toBe(false);
});
