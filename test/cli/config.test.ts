import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { crikit } from "./crikit.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "crikit-config-"));
  file = join(folder, "crictl.yaml");
});
afterEach(() => rmSync(folder, { recursive: true }));
const config = (...argv: string[]) => crikit(["-c", file, "config", ...argv]);
const text = (): string => readFileSync(file, "utf8");

describe("config", () => {
  test("reads without making a file", async () => {
    expect(await config("--list")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^KEY +VALUE\nruntime-endpoint\nimage-endpoint\n/u) as string,
      stderr: "",
    });
    expect(await config("--get", "timeout")).toMatchObject({ code: 1, stdout: "" });
    expect(existsSync(file)).toBe(false);
  });

  test("sets what it is told and nothing else, and everybody may read it", async () => {
    expect(await config("--set", "runtime-endpoint=unix:///run/x.sock,timeout=10s")).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(text()).toBe("runtime-endpoint: unix:///run/x.sock\ntimeout: 10\n");
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect((await config("--get", "timeout")).stdout).toBe("10\n");
    expect((await config("debug", "true")).code).toBe(0);
    expect(JSON.parse((await config("--list", "-o", "json")).stdout)).toEqual({
      "runtime-endpoint": "unix:///run/x.sock",
      timeout: 10,
      debug: true,
    });
  });

  test("keeps comments, order and mode", async () => {
    writeFileSync(file, "# ours\ntimeout: 2 # short\nruntime-endpoint: unix:///a.sock\n");
    chmodSync(file, 0o600);
    expect((await config("--set", "timeout=5", "--set", "debug=false")).code).toBe(0);
    expect(text()).toBe("# ours\ntimeout: 5 # short\nruntime-endpoint: unix:///a.sock\ndebug: false\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test.each([
    [["--set", "timeoute=5"], "unknown key 'timeoute' (did you mean 'timeout'?)"],
    [["--set", "timeout=soon"], "'timeout' takes a whole number"],
    [["--set", "debug=yes"], "'debug' takes true or false"],
    [["--set", "debug"], "not key=value"],
    [["--get", "color"], "unknown key 'color'"],
    [["debug"], "what is 'debug' to be?"],
    [[], "say one of"],
    [["--list", "--get", "debug"], "say one of"],
  ])("refuses %j and changes nothing", async (argv, message) => {
    writeFileSync(file, "timeout: 2\n");
    const { code, stdout, stderr } = await config(...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(text()).toBe("timeout: 2\n");
  });

  test("leaves a file alone that is wrong, and names the line", async () => {
    writeFileSync(file, "timeout: 2\nruntime_endpoint: x\n");
    const { code, stderr } = await config("--set", "debug=true");
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${file}:2: unknown key 'runtime_endpoint'`) as string,
    });
    expect(text()).toBe("timeout: 2\nruntime_endpoint: x\n");
  });
});

describe("a crictl.yaml", () => {
  test("names the runtime, and says debug", async () => {
    writeFileSync(file, `runtime-endpoint: unix://${folder}/none.sock\ndebug: true\n`);
    const { code, stderr } = await crikit(["version"], { env: { CRI_CONFIG_FILE: file } });
    expect(code).toBe(1);
    expect(stderr).toContain(`${folder}/none.sock`);
    expect(stderr).toContain("debug: Version on unix://");
  });

  test("that is wrong ends every command that would need it, with file, line and key", async () => {
    writeFileSync(file, "runtime-endpoint: unix:///a.sock\ntimeout: 2s\n");
    expect(await crikit(["-c", file, "ps"])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(`${file}:2: 'timeout' takes a whole number`) as string,
    });
    expect(await crikit(["-c", join(folder, "none.yaml"), "ps"])).toMatchObject({ code: 2, stdout: "" });
  });
});
