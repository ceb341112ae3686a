import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/** A stranger's project, with what npm would put into it: our package from its tarball, and its dependencies. */
const stranger = mkdtempSync(join(tmpdir(), "crikit-package-"));
const home = join(stranger, "node_modules/crikit");
let packed: readonly string[] = [];

beforeAll(() => {
  expect(existsSync("dist/index.js"), "npm run build comes first").toBe(true);
  const json = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", stranger], {
    encoding: "utf8",
  });
  const [tarball] = JSON.parse(json) as { filename: string; files: { path: string }[] }[];
  packed = tarball!.files.map(({ path }) => path);
  mkdirSync(home, { recursive: true });
  execFileSync("tar", ["-xzf", join(stranger, tarball!.filename), "-C", home, "--strip-components=1"]);
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as { dependencies: Record<string, string> };
  // Where npm would install them: the same versions, linked instead of fetched.
  for (const name of [...Object.keys(dependencies), "@types/node"]) {
    mkdirSync(resolve(stranger, "node_modules", name, ".."), { recursive: true });
    symlinkSync(resolve("node_modules", name), join(stranger, "node_modules", name));
  }
  writeFileSync(join(stranger, "package.json"), '{ "type": "module", "private": true }');
});
afterAll(() => rmSync(stranger, { recursive: true }));

test("the package holds what a user needs and nothing else", () => {
  const wanted =
    /^(?:dist\/(?!cli\/).*\.(?:js|d\.ts)|dist\/bundle\/(?:.+\.cjs|id)|proto\/.*\.proto|bin\/(?:crikit\.js|bundle\.js|package\.json)|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/u;
  expect(packed.filter((path) => !wanted.test(path))).toEqual([]);
  for (const path of [
    "dist/index.js",
    "dist/index.d.ts",
    "bin/crikit.js",
    "bin/bundle.js",
    "bin/package.json",
    "dist/bundle/main.cjs",
    "dist/bundle/id",
    "proto/runtime/v1/api.proto",
    "LICENSE",
    "README.md",
  ]) {
    expect(packed).toContain(path);
  }
});

test("publint has nothing to say", () => {
  execFileSync("node_modules/.bin/publint", ["--strict", home], { stdio: "pipe" });
});

test("the types are there for whoever imports the package, in each of its entries", () => {
  const tarball = join(stranger, `crikit-${versionOf()}.tgz`);
  execFileSync("node_modules/.bin/attw", [tarball, "--profile", "esm-only"], { stdio: "pipe" }); // fails by its exit code
});

test("a stranger's program type-checks strictly against it, and runs", () => {
  writeFileSync(
    join(stranger, "program.ts"),
    [
      'import { connect, CrikitError, PodSandbox, type Connection } from "crikit";',
      'import { NamespaceMode, type PodSandboxStatus } from "crikit/cri";',
      'import { content } from "crikit/containerd";',
      "const failed: string[] = [];",
      "try {",
      '  await using connection: Connection = await connect("/no/such.sock");',
      "  const { items } = await connection.runtime.listPodSandbox({ filter: { labelSelector: { a: 'b' } } }, { timeoutMs: 1_000 });",
      "  const created: bigint[] = items.map((pod) => pod.createdAt);",
      "  await using pod = await PodSandbox.run(connection, { name: 'x', namespaces: { pid: NamespaceMode.CONTAINER } });",
      "  const status: PodSandboxStatus = (await pod.details()).status;",
      "  failed.push(String(created), status.id);",
      "} catch (error) {",
      "  if (error instanceof CrikitError) failed.push(error.code, content.ContentDefinition.fullName);",
      "}",
      "console.log(failed.join(' '));",
    ].join("\n"),
  );
  const options = {
    module: "nodenext",
    target: "es2022",
    lib: ["es2023", "esnext.disposable"],
    types: ["node"],
    strict: true,
    skipLibCheck: false,
  };
  writeFileSync(join(stranger, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["program.ts"] }));
  execFileSync(resolve("node_modules/.bin/tsc"), ["-p", stranger], { stdio: "pipe" });
  const output = execFileSync(process.execPath, [join(stranger, "program.js")], { encoding: "utf8" });
  expect(output.trim()).toBe("socket-missing containerd.services.content.v1.Content");
});

test("a program with a wrong field does not type-check", () => {
  writeFileSync(
    join(stranger, "program.ts"),
    'import { connect } from "crikit"; const c = await connect(); await c.runtime.listPodSandbox({ filtr: {} });',
  );
  expect(() => execFileSync(resolve("node_modules/.bin/tsc"), ["-p", stranger], { stdio: "pipe" })).toThrow();
});

test("the public names are these, and change only on purpose", async () => {
  const names = Object.keys((await import(join(home, "dist/index.js"))) as object);
  expect(names.toSorted()).toMatchInlineSnapshot(`
    [
      "AlreadyExistsError",
      "AmbiguousError",
      "CancelledError",
      "ConnectionLostError",
      "Container",
      "CrikitError",
      "DeadlineExceededError",
      "HostError",
      "InvalidArchiveError",
      "Lab",
      "LabError",
      "LineJoiner",
      "MalformedAnswerError",
      "NotFoundError",
      "PodSandbox",
      "RuntimeFailedError",
      "Scope",
      "UnimplementedError",
      "UnmeasuredError",
      "UnreachableError",
      "UsageError",
      "addressesIn",
      "apiVersion",
      "archiveFile",
      "attach",
      "changeResources",
      "checkNames",
      "configDocument",
      "configSchema",
      "configsFromWords",
      "connect",
      "containerDetails",
      "containerLog",
      "containerStats",
      "containerUsage",
      "copy",
      "credentialsFor",
      "defaultChecks",
      "dial",
      "dialPort",
      "diff",
      "exec",
      "execSync",
      "failures",
      "furtherChecks",
      "imageHistory",
      "isLogOver",
      "labStatus",
      "listContainers",
      "listImages",
      "listNetns",
      "listPodSandboxes",
      "loadImages",
      "lookingChecks",
      "nameNetns",
      "netnsNames",
      "netnsOfPod",
      "openArchive",
      "openLayoutFolder",
      "parseContainerInfo",
      "parseDetachKeys",
      "parseExpectations",
      "parsePodSandboxInfo",
      "parseStatusInfo",
      "peer",
      "placesOfContainers",
      "placesOfPods",
      "podSandboxDetails",
      "podStatsConcurrency",
      "podUsage",
      "podsOfRuntime",
      "podsToMeasure",
      "portForward",
      "processesOf",
      "pullImage",
      "readContainerConfig",
      "readLog",
      "readPodSandboxConfig",
      "readTree",
      "redact",
      "removePodSandbox",
      "reportOn",
      "resolveContainers",
      "resolveNetns",
      "resolvePodSandboxes",
      "restartContainer",
      "routesIn",
      "runChecks",
      "runContainer",
      "samples",
      "socketsIn",
      "sweepNetnsNames",
      "tagImage",
      "timeOf",
      "toProtoJson",
      "unnameNetns",
      "untagImage",
      "unusedImages",
      "verify",
      "waitForExit",
      "waitForExits",
      "watchEvents",
      "which",
    ]
  `);
});

function versionOf(): string {
  return (JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version;
}
