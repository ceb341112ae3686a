import { expect, test } from "vitest";
import { labDownView, labEnvView, labStatusView, labUpView } from "../../../../src/cli/views/lab.ts";
import type { LabStatus } from "../../../../src/lab/lab-status.ts";

const lab: LabStatus = {
  name: "two",
  state: "running",
  endpoint: "unix:///labs/two/containerd.sock",
  dir: "/labs/two",
  runtimeVersion: "1.6.20~ds1",
  containerd: { path: "/usr/bin/containerd", version: "1.6.20~ds1", pid: 7 },
  runc: { path: "/usr/bin/runc", version: "1.1.5" },
  bridge: "crk0",
  subnets: ["10.224.0.0/22", "fd00::/64"],
  handlers: ["runc"],
  adaptations: [{ what: "disable_apparmor = true", why: "the kernel has no AppArmor" }],
  ephemeral: false,
  abandoned: false,
  log: "/labs/two/containerd.log",
};
const terminal = { width: 80, color: false, now: new Date(0) };

test("a lab that came up says how it differs, how to use it and how to end it", () => {
  expect(labUpView(lab).split("\n")).toEqual([
    "lab 'two' is up: containerd 1.6.20~ds1 on unix:///labs/two/containerd.sock",
    "  disable_apparmor = true: the kernel has no AppArmor",
    '  use it:  eval "$(crikit lab env --name two)"',
    "  end it:  crikit lab down --name two",
  ]);
  expect(labUpView({ ...lab, name: "default" })).toContain('eval "$(crikit lab env)"\n');
});

test("labs are a table; one that nobody owns any more is marked", () => {
  const dead = { ...lab, name: "old", state: "dead", runtimeVersion: undefined, abandoned: true } as const;
  expect(
    labStatusView([lab, dead], terminal)
      .split("\n")
      .map((line) => line.split(/ {3,}/u).slice(0, 3)),
  ).toEqual([
    ["LAB", "STATE", "CONTAINERD"],
    ["two", "running", "1.6.20~ds1"],
    ["old", "dead, abandoned", "1.6.20~ds1"],
  ]);
});

test("a path that a shell would read otherwise is quoted", () => {
  const endpoint = "unix:///my labs/it's/containerd.sock";
  expect(labEnvView({ endpoint }).split("\n")[0]).toBe(
    String.raw`export CONTAINER_RUNTIME_ENDPOINT='unix:///my labs/it'\''s/containerd.sock'`,
  );
});

test("down says whether there was anything", () => {
  expect(labDownView({ name: "two", wasThere: true })).toBe("lab 'two' is down");
  expect(labDownView({ name: "two", wasThere: false })).toBe("there is no lab named 'two'");
});
