// What tests could leave on a machine: mounts, links, rules, processes, folders.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

const lines = (text) => text.split("\n").filter((line) => line !== "");

const output = (command, args) => {
  try {
    return lines(execFileSync(command, args, { stdio: ["ignore", "pipe", "ignore"] }).toString());
  } catch {
    return []; // not installed: then there is none of its kind either
  }
};

const entries = (folder, name = /./u) =>
  existsSync(`${folder}/.`)
    ? readdirSync(folder)
        .filter((entry) => name.test(entry))
        .map((entry) => `${folder}/${entry}`)
    : [];

/** Rules and chains that somebody made, without their counters; only the tables that CNI writes to. */
const rules = (program) =>
  ["nat", "filter"]
    .flatMap((table) => output(program, ["-t", table]))
    .filter((line) => /^(?::\S+ -|-)/u.test(line))
    .map((line) => line.replace(/\s*\[\d+:\d+\]$/u, ""));

/** Programs of a runtime; a process has only its number for a name, so they are counted by what they run. */
const processes = () =>
  readdirSync("/proc")
    .filter((entry) => /^\d+$/u.test(entry))
    .flatMap((pid) => {
      try {
        // One that has ended is its parent's to collect; a daemon's is the machine's first process, which takes its time.
        if (/\) [ZX] /u.test(readFileSync(`/proc/${pid}/stat`, "utf8"))) return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/comm`, "utf8").trim()}`];
      } catch {
        return [];
      }
    })
    .filter((line) => /containerd|runc|crun|pause|httpd$/u.test(line));

/** Everything by kind. */
export function hostState() {
  return {
    mount: lines(readFileSync("/proc/self/mountinfo", "utf8")).map((line) => line.split(" ")[4] ?? ""),
    link: output("ip", ["-o", "link"]).map((line) => (line.split(": ")[1] ?? "").replace(/@.*/u, "")),
    "iptables rule": rules("iptables-save"),
    "ip6tables rule": rules("ip6tables-save"),
    process: processes(),
    path: [
      ...entries("/run/netns"),
      ...entries("/run/crikit"),
      ...entries("/run/containerd"),
      ...entries("/run/containerd/s"),
      ...entries("/var/lib/cni"),
      ...entries("/var/lib/cni/results"),
      ...entries("/var/lib/crikit"),
      ...entries("/var/lib/crikit/labs"),
      ...entries("/tmp", /^crikit-(?!tests-)/u),
      ...["/sys/fs/cgroup", ...entries("/sys/fs/cgroup")].flatMap((hierarchy) =>
        entries(hierarchy, /^(?:crikit-pod|k8s\.io$)/u),
      ),
      ...["k8s.io", "crikit"].flatMap((name) =>
        entries("/sys/fs/cgroup").flatMap((hierarchy) => entries(`${hierarchy}/${name}`)),
      ),
    ],
    setting: [`net.ipv4.ip_forward=${readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8").trim()}`],
  };
}

/** What is there now and was not before, and what went. */
export function difference(before, after) {
  return Object.keys(after).flatMap((kind) => {
    const [old, now] = [new Set(before[kind]), new Set(after[kind])];
    return [
      ...[...now].filter((entry) => !old.has(entry)).map((entry) => `new ${kind}: ${entry}`),
      ...[...old].filter((entry) => !now.has(entry)).map((entry) => `gone ${kind}: ${entry}`),
    ];
  });
}
