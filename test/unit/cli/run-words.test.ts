import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { command } from "../../../src/cli/command.ts";
import { parse, wordsOf } from "../../../src/cli/parse.ts";
import { runConfigs, type RunOptions, runWords } from "../../../src/cli/run-words.ts";
import { UsageError } from "../../../src/errors.ts";

const folder = mkdtempSync(join(tmpdir(), "crikit-run-words-"));
afterAll(() => rmSync(folder, { recursive: true }));

const spec = command({
  examples: ["crikit run busybox"],
  words: (words) => runWords(words.argument("<image>").argument("[command...]")),
  run: async ({ args: [image, words], options }, { env }) => ({
    data: await runConfigs({ image, command: words }, options, { env }),
    view: () => "",
  }),
});

function parsed(argv: readonly string[]): Promise<Awaited<ReturnType<typeof runConfigs>>> {
  const { words } = wordsOf(spec, "crikit run", "run");
  const result = parse(words, argv);
  if (result === "help") throw new TypeError("no configs in the help");
  const [image, rest] = result.args as [string, string[]];
  return runConfigs({ image, command: rest }, result.options as RunOptions, { env: { HERE: "yes" } });
}

test("every option arrives in the configs", async () => {
  const envFile = join(folder, "env");
  writeFileSync(envFile, "FILE=1\n");
  const { pod, container, runtimeHandler } = await parsed(
    [
      "--name a --pod b --namespace c --entrypoint /x -e A=1 -e HERE",
      `--env-file ${envFile} -v /a:/b:ro --mount /c:/d -p 80 --port 81:82/udp`,
      "--host-pid --host-ipc --privileged --user 1:2 --cap-add KILL --cap-drop ALL",
      "--read-only --memory 1MiB --cpus 2 --dns 1.1.1.1 --dns-search s --dns-option o",
      "--hostname h -w /w -it --label l=1 --annotation n=2 --log-directory /log",
      "--log-path p.log -r kata busybox -- sh -c id",
    ].flatMap((line) => line.split(" ")),
  );
  expect(runtimeHandler).toBe("kata");
  expect(pod).toEqual({
    metadata: { name: "b", namespace: "c", attempt: 0 },
    hostname: "h",
    logDirectory: "/log",
    dnsConfig: { servers: ["1.1.1.1"], searches: ["s"], options: ["o"] },
    portMappings: [
      { protocol: 0, containerPort: 80, hostPort: 80 },
      { protocol: 1, containerPort: 82, hostPort: 81 },
    ],
    labels: { l: "1" },
    annotations: { n: "2" },
    linux: { securityContext: { namespaceOptions: { network: 0, pid: 2, ipc: 2 }, privileged: true } },
  });
  expect(container).toEqual({
    metadata: { name: "a", attempt: 0 },
    image: { image: "busybox", userSpecifiedImage: "busybox" },
    command: ["/x"],
    args: ["sh", "-c", "id"],
    workingDir: "/w",
    envs: ["FILE=1", "A=1", "HERE=yes"].map((entry) => {
      const [key, value = ""] = entry.split("=");
      return { key, value: Buffer.from(value) };
    }),
    mounts: [
      { hostPath: "/a", containerPath: "/b", readonly: true },
      { hostPath: "/c", containerPath: "/d" },
    ],
    labels: { l: "1" },
    annotations: { n: "2" },
    logPath: "p.log",
    stdin: true,
    stdinOnce: true,
    tty: true,
    linux: {
      resources: { cpuPeriod: 100_000n, cpuQuota: 200_000n, memoryLimitInBytes: 1_048_576n },
      securityContext: {
        namespaceOptions: { network: 0, pid: 2, ipc: 2 },
        capabilities: { addCapabilities: ["KILL"], dropCapabilities: ["ALL"] },
        readonlyRootfs: true,
        runAsUser: { value: 1n },
        runAsGroup: { value: 2n },
        privileged: true,
      },
    },
  });
});

test("--host-network is an option too", async () => {
  expect((await parsed(["--host-network", "busybox"])).pod.linux?.securityContext?.namespaceOptions?.network).toBe(2);
});

test("a file of variables that is not there is a matter of the words", async () => {
  await expect(parsed(["--env-file", join(folder, "nope"), "busybox"])).rejects.toThrow(
    new UsageError(`cannot read ${join(folder, "nope")}: there is no such file`),
  );
  await expect(parsed(["--env-file", folder, "busybox"])).rejects.toThrow(
    new UsageError(`cannot read ${folder}: it is a folder`, { hint: "name a file in it" }),
  );
});
