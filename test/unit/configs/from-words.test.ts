import { describe, expect, test } from "vitest";
import { configsFromWords, type RunWords } from "../../../src/configs/from-words.ts";
import {
  ContainerConfig,
  MountPropagation,
  NamespaceMode,
  PodSandboxConfig,
  Protocol,
} from "../../../src/cri/messages.ts";
import { UsageError } from "../../../src/errors.ts";

const make = (words: Partial<RunWords> = {}) => configsFromWords({ image: "busybox", ...words });
const refusal = (words: Partial<RunWords>): string => {
  try {
    make(words);
  } catch (error) {
    if (error instanceof UsageError) return `${error.message}${error.hint === undefined ? "" : `\n${error.hint}`}`;
    throw error;
  }
  return "taken";
};

describe("from an image alone", () => {
  const { pod, container, runtimeHandler } = make({ image: "registry.test:5000/team/Web_Server:1.0@sha256:ab" });

  test("pod, container and host get a name that is a DNS label", () => {
    expect(pod).toMatchObject({ metadata: { name: "web-server", namespace: "crikit" }, hostname: "web-server" });
    expect(container.metadata).toEqual({ name: "web-server", attempt: 0 });
  });

  test("the image is said twice, as CRI-O wants it", () => {
    const image = "registry.test:5000/team/Web_Server:1.0@sha256:ab";
    expect(container.image).toEqual({ image, userSpecifiedImage: image });
  });

  test("the namespaces are kubelet's, the same for both", () => {
    const namespaceOptions = { network: NamespaceMode.POD, pid: NamespaceMode.CONTAINER, ipc: NamespaceMode.POD };
    expect(pod.linux?.securityContext?.namespaceOptions).toEqual(namespaceOptions);
    expect(container.linux?.securityContext?.namespaceOptions).toEqual(namespaceOptions);
  });

  test("the image's own command runs, by the default handler, and the kernel's secrets are masked", () => {
    expect(container.command ?? container.args).toBeUndefined();
    expect(runtimeHandler).toBe("");
    expect(container.linux?.securityContext?.maskedPaths).toContain("/proc/kcore");
  });

  test("both can be sent", () => {
    expect(PodSandboxConfig.encode(PodSandboxConfig.fromPartial(pod)).finish().length).toBeGreaterThan(20);
    expect(ContainerConfig.encode(ContainerConfig.fromPartial(container)).finish().length).toBeGreaterThan(20);
  });
});

test.each([
  ["busybox", "busybox"],
  ["localhost/crikit/busybox:lab", "busybox"],
  ["sha256:0123", "sha256"],
  ["a/..__..", "container"],
  ["x/" + "y".repeat(80), "y".repeat(63)],
  [`x/${"y".repeat(62)}_z`, "y".repeat(62)],
])("%s is called %s", (image, name) => {
  expect(make({ image }).pod.metadata?.name).toBe(name);
});

test("names are said", () => {
  const { pod, container } = make({ name: "one", pod: "two", namespace: "three", hostname: "Four.example" });
  expect(pod).toMatchObject({ metadata: { name: "two", namespace: "three" }, hostname: "Four.example" });
  expect(container.metadata?.name).toBe("one");
  expect(make({ name: "one" }).pod.metadata?.name).toBe("one");
});

test("what follows the image goes to its entrypoint", () => {
  expect(make({ command: ["sh", "-c", "echo hi"] }).container).toMatchObject({ args: ["sh", "-c", "echo hi"] });
  expect(make({ entrypoint: "/bin/sh", command: ["-c", ""] }).container).toMatchObject({
    command: ["/bin/sh"],
    args: ["-c", ""],
  });
});

describe("the environment", () => {
  const envs = (words: Partial<RunWords>) =>
    make(words).container.envs?.map(({ key, value }) => `${key}=${Buffer.from(value as Uint8Array).toString()}`);

  test("comes from words, from files, and from what is set here; the later one counts, a word over a file", () => {
    expect(
      envs({
        env: ["A=1", "B", "C=x=y", "A=2", "EMPTY="],
        envFiles: [{ path: "f", text: "# no\n\nA=file\n  D=with blanks \r\nE\n" }],
        hostEnv: { B: "here", E: "too" },
      }),
    ).toEqual(["D=with blanks ", "E=too", "B=here", "C=x=y", "A=2", "EMPTY="]);
  });

  test("is refused without a name or a value, and says where", () => {
    expect(refusal({ env: ["=x"] })).toBe("--env: a variable has no name, or one with a space in it: write NAME=VALUE");
    expect(refusal({ env: ["NOPE"] })).toBe(
      "--env: NOPE is not set here, so it has no value to hand on: write NOPE=VALUE",
    );
    expect(refusal({ envFiles: [{ path: "f.env", text: "A=1\nexport B=2" }] })).toBe(
      "f.env:2: a variable has no name, or one with a space in it: write NAME=VALUE",
    );
  });

  test("is never shown in a refusal", () => {
    expect(refusal({ env: ["=secret"] })).not.toContain("secret");
    expect(refusal({ env: ["A=sec\0ret"] })).toBe("--env: the value of A holds a NUL, which no variable can");
  });
});

describe("mounts", () => {
  const { PROPAGATION_HOST_TO_CONTAINER, PROPAGATION_BIDIRECTIONAL, PROPAGATION_PRIVATE } = MountPropagation;

  test.each([
    ["/a:/b", { hostPath: "/a", containerPath: "/b" }],
    ["/a:/b:ro", { hostPath: "/a", containerPath: "/b", readonly: true }],
    ["/a:/b:rw,shared", { hostPath: "/a", containerPath: "/b", propagation: PROPAGATION_BIDIRECTIONAL }],
    [
      "/a:/b:ro,rslave",
      { hostPath: "/a", containerPath: "/b", readonly: true, propagation: PROPAGATION_HOST_TO_CONTAINER },
    ],
    ["type=bind,source=/a,target=/b", { hostPath: "/a", containerPath: "/b" }],
    ["source=/a:c,dst=/b,readonly", { hostPath: "/a:c", containerPath: "/b", readonly: true }],
    [
      "type=bind,src=/a,destination=/b,readonly=false,bind-propagation=rprivate",
      { hostPath: "/a", containerPath: "/b", readonly: false, propagation: PROPAGATION_PRIVATE },
    ],
  ])("%s", (word, mount) => {
    expect(make({ mount: [word] }).container.mounts).toEqual([mount]);
  });

  test.each([
    ["/a", "'/a' is not a mount"],
    ["/a:", "'/a:' is not a mount"],
    ["/a:/b:", "'/a:/b:' is not a mount"],
    ["/a:/b:ro:x", "'/a:/b:ro:x' is not a mount"],
    ["./a:/b", "'./a:/b' is not a mount: './a' is not an absolute path"],
    ["vol:/b", "'vol:/b' is not a mount: 'vol' is not an absolute path"],
    ["/a:/b:z", "'z' is none of ro, rw, private, rprivate, slave, rslave, shared, rshared"],
    ["/a:/b:constructor", "'constructor' is none of ro"],
    ["type=tmpfs,target=/b", "CRI has only type=bind"],
    ["type=bind,source=/a", "'type=bind,source=/a' is not a mount"],
    ["type=bind,source=/a,target=/b,size=3", "'size' is none of type, source, target, readonly, bind-propagation"],
    ["type=bind,source=/a,target=/b,readonly=maybe", "readonly is true or false"],
    ["", "'' is not a mount"],
  ])("%s is refused", (word, why) => {
    expect(refusal({ mount: [word] })).toMatch(/^--mount: /u);
    expect(refusal({ mount: [word] })).toContain(why);
  });

  test("two in the same place are refused", () => {
    expect(refusal({ mount: ["/a:/x", "/b:/x:ro"] })).toBe(
      "--mount: '/a:/x' and '/b:/x:ro' have the same place in the container",
    );
  });
});

describe("ports", () => {
  test.each([
    ["80", { protocol: Protocol.TCP, containerPort: 80, hostPort: 80 }],
    ["8080:80", { protocol: Protocol.TCP, containerPort: 80, hostPort: 8080 }],
    ["53:53/UDP", { protocol: Protocol.UDP, containerPort: 53, hostPort: 53 }],
    ["127.0.0.1:8080:80/sctp", { protocol: Protocol.SCTP, containerPort: 80, hostPort: 8080, hostIp: "127.0.0.1" }],
    ["127.0.0.1:80", { protocol: Protocol.TCP, containerPort: 80, hostPort: 80, hostIp: "127.0.0.1" }],
    ["[::1]:8080:80", { protocol: Protocol.TCP, containerPort: 80, hostPort: 8080, hostIp: "::1" }],
  ])("%s", (word, port) => {
    expect(make({ port: [word] }).pod.portMappings).toEqual([port]);
  });

  test.each([
    "",
    "x",
    "0",
    "65536",
    "1:0",
    "8080:80/icmp",
    "1.2.3:80",
    "300.1.1.1:80",
    "[]:80",
    "[1.2.3.4]:80",
    "::1:80:80",
  ])("'%s' is refused", (word) => {
    expect(refusal({ port: [word] })).toMatch(/^--port: '.*' is not a port/u);
  });

  test("two that want the same port of the host are refused, other addresses and protocols are not the same", () => {
    expect(refusal({ port: ["80", "1.1.1.1:80:81"] })).toBe(
      "--port: '80' and '1.1.1.1:80:81' ask for the same port of the host",
    );
    expect(refusal({ port: ["53", "53/udp", "1.1.1.1:80:80", "2.2.2.2:80:80"] })).toBe("taken");
  });
});

test("the host's network leaves no place for ports and a host name", () => {
  const { pod, container } = make({ hostNetwork: true, hostPid: true, hostIpc: true });
  expect(pod.hostname).toBeUndefined();
  const { NODE } = NamespaceMode;
  for (const { linux } of [pod, container]) {
    expect(linux?.securityContext?.namespaceOptions).toEqual({ network: NODE, pid: NODE, ipc: NODE });
  }
  expect(refusal({ hostNetwork: true, port: ["80"] })).toMatch(/^--port and --host-network exclude each other/u);
  expect(refusal({ hostNetwork: true, hostname: "x" })).toMatch(/^--hostname and --host-network exclude each other/u);
});

test("a privileged container is in a privileged sandbox, and nothing is masked", () => {
  const { pod, container } = make({ privileged: true });
  expect(pod.linux?.securityContext?.privileged).toBe(true);
  expect(container.linux?.securityContext).toMatchObject({ privileged: true });
  expect(container.linux?.securityContext).not.toHaveProperty("maskedPaths");
});

test.each([
  ["1000", { runAsUser: { value: 1000n } }],
  ["0:0", { runAsUser: { value: 0n }, runAsGroup: { value: 0n } }],
  ["www-data", { runAsUsername: "www-data" }],
  ["www-data:33", { runAsUsername: "www-data", runAsGroup: { value: 33n } }],
])("runs as %s", (user, security) => {
  expect(make({ user }).container.linux?.securityContext).toMatchObject(security);
});

test("the rest of the container is as it was said", () => {
  const { pod, container, runtimeHandler } = make({
    capAdd: ["net_admin", "CAP_SYS_PTRACE"],
    capDrop: ["ALL"],
    readOnly: true,
    memory: "64MiB",
    cpus: "0.5",
    workdir: "/srv",
    stdin: true,
    tty: true,
    label: ["a=1", "b=x=y"],
    annotation: ["k="],
    dns: ["10.0.0.10", "fd00::1"],
    dnsSearch: ["example.org"],
    dnsOption: ["ndots:2"],
    logDirectory: "/var/log/x",
    runtime: "kata",
  });
  expect(container).toMatchObject({
    workingDir: "/srv",
    stdin: true,
    stdinOnce: true,
    tty: true,
    logPath: "busybox.log",
    labels: { a: "1", b: "x=y" },
    annotations: { k: "" },
    linux: {
      resources: { memoryLimitInBytes: 67_108_864n, cpuPeriod: 100_000n, cpuQuota: 50_000n },
      securityContext: {
        readonlyRootfs: true,
        capabilities: { addCapabilities: ["NET_ADMIN", "SYS_PTRACE"], dropCapabilities: ["ALL"] },
      },
    },
  });
  expect(pod).toMatchObject({
    logDirectory: "/var/log/x",
    labels: { a: "1" },
    dnsConfig: { servers: ["10.0.0.10", "fd00::1"], searches: ["example.org"], options: ["ndots:2"] },
  });
  expect(runtimeHandler).toBe("kata");
});

test.each([
  ["67108864", 67_108_864n],
  ["64Mi", 67_108_864n],
  ["1.5GB", 1_500_000_000n],
  ["1 kib", 1_024n],
])("memory of %s", (memory, bytes) => {
  expect(make({ memory }).container.linux?.resources?.memoryLimitInBytes).toBe(bytes);
});

test.each<[keyof RunWords, string, string]>([
  ["name", "Web_1", "write up to 63 of a-z, 0-9 and '-', such as web-1"],
  ["pod", "a/b", "'a/b' is not a name"],
  ["namespace", "", "'' is not a name"],
  ["hostname", "a b", "is not a host name"],
  ["memory", "64m", "'64m' is not a size: write 67108864, 64MiB or 64MB"],
  ["memory", "0", "is not a size"],
  ["memory", "9999999TiB", "is not a size"],
  ["cpus", "0.001", "write 2, 0.5 or at least 0.01"],
  ["cpus", "half", "is not a number of CPUs"],
  ["cpus", "-1", "is not a number of CPUs"],
  ["user", "a:b", "the group has to be a number, 'b' is not"],
  ["user", "4294967295", "ids end at 4294967294"],
  ["user", "1:2:3", "is not a user"],
  ["user", "", "is not a user"],
  ["workdir", "srv", "'srv' is not an absolute path"],
  ["logDirectory", "logs", "'logs' is not an absolute path"],
  ["logPath", "../x", "write a relative path"],
])("--%s '%s' is refused", (flag, word, why) => {
  const name = flag.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
  expect(refusal({ [flag]: word })).toMatch(new RegExp(`^--${name}: `, "u"));
  expect(refusal({ [flag]: word })).toContain(why);
});

test.each<[keyof RunWords, string, string]>([
  ["capAdd", "NET_ADMN", "'NET_ADMN' is not a capability\ndid you mean NET_ADMIN?"],
  ["capDrop", "x", "write one such as NET_ADMIN, or ALL"],
  ["dns", "dns.example", "write 10.0.0.10 or fd00::10"],
  ["dnsSearch", "a b", "cannot stand in resolv.conf"],
  ["dnsOption", "", "cannot stand in resolv.conf"],
  ["label", "a", "'a' has no key and value: write key=value"],
  ["annotation", "=b", "write key=value"],
])("--%s '%s' is refused", (flag, word, why) => {
  const name = flag.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
  expect(refusal({ [flag]: [word] })).toMatch(new RegExp(`^--${name}: `, "u"));
  expect(refusal({ [flag]: [word] })).toContain(why);
});

test("an image without a name is refused", () => {
  expect(refusal({ image: " " })).toBe("the image has no name");
});
