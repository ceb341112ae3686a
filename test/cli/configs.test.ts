import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "../../src/lab/lab.ts";
import { busyboxImage as busybox } from "../../src/images/lab-images.ts";
import { containerds } from "../runtime/labs.ts";
import { crikit, crikitLine, crikitPath, type Ended, shell } from "./crikit.ts";

const folder = mkdtempSync(join(tmpdir(), "crikit-configs-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Nobody listens there: what comes before the first RPC is told all the same. */
const nowhere = ["-r", join(folder, "nobody.sock")];

describe("a config that makes no sense is refused before anything is asked of a runtime", () => {
  const refusal = async (argv: readonly string[], stdin = ""): Promise<Ended> =>
    crikit([...nowhere, ...argv], { stdin });

  test("with file, line, column, field and the near name, and exit status 2", async () => {
    const path = file("bad.yaml", "metadata:\n  name: a\n  namespace: b\nlinux:\n  cgroupParnt: /x\n");
    expect(await refusal(["runp", path])).toEqual({
      code: 2,
      signal: null,
      stdout: "",
      stderr: `crikit: ${path}:5:3: linux has no field 'cgroupParnt'\nhint: did you mean cgroupParent?\n`,
    });
  });

  test("in JSON too, and on standard input", async () => {
    expect(await refusal(["runp", "-"], `{"metadata": {"name": "a"\n "namespace": "b"}}`)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^crikit: standard input:2:2: not valid JSON: expected ',' or '\}'\n/u),
    });
  });

  test("but what crictl drops is dropped with --lenient, and by the name crictl", async () => {
    const path = file("more.yaml", "metadata: {name: a, namespace: b, uid: c}\nmore: true\n");
    for (const argv of [
      [...nowhere, "runp", "--lenient", path],
      ["crictl", ...nowhere, "runp", path],
    ]) {
      const { code, stderr } = await crikit(argv);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("nobody.sock") });
    }
  });

  test.each([
    ["that is missing", join(folder, "nope.yaml"), "there is no such file"],
    ["that is a folder", folder, "it is a folder"],
    ["below one that is none", join(folder, "plain", "x"), "a part of the path is not a folder"],
    ["without an end", "/dev/zero", "is larger than 1 MiB, which no config is"],
  ])("a file %s", async (_, path, why) => {
    file("plain", "x");
    const { code, stdout, stderr } = await refusal(["runp", path]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^crikit: /u);
    expect(stderr).toContain(path);
    expect(stderr).toContain(why);
  });

  test("a file that this user may not read", async ({ skip }) => {
    const nobody = "setpriv --reuid=65534 --clear-groups";
    const { code: unreadable } = await shell(`${nobody} test -r ${crikitPath}`);
    skip(unreadable !== 0, "nobody may not read this checkout");
    const path = file("secret.yaml", "metadata: {}");
    chmodSync(path, 0o600);
    chmodSync(folder, 0o755);
    // As nobody: root may read everything.
    const { stdout, stderr, code } = await shell(`${nobody} ${crikitLine()} ${nowhere.join(" ")} runp ${path}`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`crikit: cannot read ${path}: permission denied\nhint: make it readable for this user\n`);
  });

  test.each([
    ["", "standard input is empty"],
    ["[]", "standard input:1:1: a pod's config has fields, this is a list"],
    ["pod", "standard input:1:1: a pod's config has fields, this is pod"],
    ["metadata: {name: a}", "standard input:1:11: metadata.namespace is missing: a pod needs it"],
    ["\u00ff\u0000", "standard input:1:1: "],
  ])("standard input of %j", async (stdin, why) => {
    const { code, stderr } = await refusal(["runp", "-"], stdin);
    expect(code).toBe(2);
    expect(stderr).toContain(`crikit: ${why}`);
  });

  test("bytes that are no text", async () => {
    const end = await crikit([...nowhere, "runp", "-"], { stdin: Uint8Array.of(0xff, 0xfe, 0x00) });
    expect(end).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^crikit: standard input is not text in UTF-8\n/u),
    });
  });
});

describe("crikit jsonschema", () => {
  test.each(["pod", "container"])("prints the schema of a %s's config", async (kind) => {
    const { code, stdout, stderr } = await crikit(["jsonschema", kind]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $defs: { int64: { type: ["integer", "string"] } },
    });
    expect(stdout).toContain(`"maximum": 9223372036854775807`);
  });

  test.each([[[]], [["both"]]])("of nothing else: %j", async (argv) => {
    expect(await crikit(["jsonschema", ...argv])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe.each(containerds)("on $name", ({ path }) => {
  let lab: Lab;
  const on = async (...argv: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await crikit(["-r", lab.endpoint, ...argv]);
    expect({ code, stderr }, argv.join(" ")).toEqual({ code: 0, stderr: "" });
    return stdout.trim();
  };

  beforeAll(async () => {
    lab = await Lab.start({ name: `cli-configs-${process.pid}`, ephemeral: true, containerd: path });
  });
  afterAll(() => lab.down());

  test.each([
    ["YAML", [], "text"],
    ["JSON", ["-o", "json"], "json"],
  ])(
    "what crikit init prints as %s runs as it stands, and what inspect shows can be fed back",
    async (_, flags, ending) => {
      const podFile = file(`pod.${ending}`, await on("init", "pod", "--name", `web-${ending}`, ...flags));
      const containerFile = file(`container.${ending}`, await on("init", "container", "--image", busybox, ...flags));
      const pod = await on("runp", podFile);
      const container = await on("create", pod, containerFile, podFile);
      await on("start", container);
      expect(JSON.parse(await on("inspect", container))).toMatchObject({ status: { state: "CONTAINER_RUNNING" } });

      const inspectedPod = file("inspectp.json", await on("inspectp", pod));
      const inspectedContainer = file("inspect.json", await on("inspect", container));
      await on("rmp", "-f", pod);
      const again = await on("runp", inspectedPod);
      const sameAgain = await on("create", again, inspectedContainer, inspectedPod);
      expect(JSON.parse(await on("inspect", sameAgain))).toMatchObject({
        info: { config: { image: { image: busybox } } },
      });
      await on("rmp", "-f", again);
    },
  );

  test("a container made of words alone is what they say", async () => {
    const data = mkdtempSync(join(folder, "data-"));
    chmodSync(data, 0o777);
    writeFileSync(join(data, "f"), "from the host\n");
    const envFile = file("some.env", "# a comment\nFROM_FILE=file\n");
    const script = `
      echo "$A $HERE $FROM_FILE"; hostname; pwd; cat f; id -u; id -g; echo x >/rw/g && echo written
      echo x >/data/h || echo read-only mount; echo x >/x || echo read-only root
      cat /etc/resolv.conf; grep CapBnd /proc/self/status; cat /proc/kcore | head -c 1 | wc -c; echo pid $$`;
    const flags = `--name worker --pod worker-pod --namespace team --env A=1 -e HERE --env-file ${envFile} -v ${data}:/data:ro
      --mount type=bind,source=${data},target=/rw --user 1000:1001 --cap-add net_admin --cap-drop ALL --read-only
      --memory 64MiB --cpus 0.5 --dns 10.0.0.10 --dns-search example.org --dns-option ndots:2 --hostname its-host -w /data
      --label a=b --annotation c=d --log-directory ${data} --log-path worker.log`;
    const end = await crikit(
      [
        "--runtime-endpoint",
        lab.endpoint,
        "run",
        "-q",
        "--wait",
        ...flags.split(/\s+/u),
        busybox,
        "--",
        "sh",
        "-c",
        script,
      ],
      { env: { HERE: "here" } },
    );
    expect(end).toMatchObject({ code: 0, stderr: "" });
    const logged = readFileSync(join(data, "worker.log"), "utf8").split("\n");
    const said = logged.filter((line) => line.includes(" stdout ")).map((line) => line.split(" ").slice(3).join(" "));
    expect(said.join("; ")).toBe(
      "1 here file; its-host; /data; from the host; 1000; 1001; written; read-only mount; read-only root; " +
        "search example.org; nameserver 10.0.0.10; options ndots:2; CapBnd:\t0000000000001000; 0; pid 1",
    );
    const inspected: unknown = JSON.parse(await on("inspect", end.stdout.trim()));
    expect(inspected).toMatchObject({
      status: { metadata: { name: "worker" }, labels: { a: "b" }, annotations: { c: "d" } },
      info: {
        config: {
          linux: { resources: { memory_limit_in_bytes: 67_108_864, cpu_period: 100_000, cpu_quota: 50_000 } },
        },
      },
    });
    await on("rmp", "-f", "team/worker-pod");
  });
});
