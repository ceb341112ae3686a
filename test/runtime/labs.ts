import { execFileSync } from "node:child_process";
import { accessSync, readlinkSync } from "node:fs";

/** A containerd to test with. */
export interface TestContainerd {
  /** For the names of tests. */
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

/**
 * The containerds to test with: those of `CRIKIT_TEST_CONTAINERDS`, paths joined by `:`, or the installed one. None is a
 * failure: a run without a runtime proves nothing.
 */
export const containerds: readonly TestContainerd[] = (
  process.env["CRIKIT_TEST_CONTAINERDS"]?.split(":").filter((path) => path !== "") ?? installed()
).map((path) => {
  // `containerd PACKAGE VERSION REVISION`
  const version = execFileSync(path, ["--version"], { encoding: "utf8" }).split(" ")[2]?.replace(/^v/u, "") ?? "";
  return { name: `containerd ${version}`, version, path };
});

/** The one that a test uses which does not depend on the version. */
export const containerd: TestContainerd = first();

function first(): TestContainerd {
  const [found] = containerds;
  if (found === undefined) throw new Error("there is no containerd to test with: hack/setup installs it");
  return found;
}

function installed(): readonly string[] {
  return ["/usr/bin/containerd", "/usr/local/bin/containerd", "/usr/sbin/containerd"].filter((path) => {
    try {
      accessSync(path);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Whether this is the machine's first pid namespace. In another one crikit believes no process that only a runtime vouches for, and a
 * process that a test has started is in no container's cgroup.
 */
export const inFirstPidNamespace = readlinkSync("/proc/self/ns/pid") === "pid:[4026531836]";
