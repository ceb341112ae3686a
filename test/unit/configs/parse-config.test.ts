import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfig, type ParseOptions } from "../../../src/configs/parse-config.ts";
import type { ConfigKind } from "../../../src/configs/fields.ts";
import {
  ContainerConfig,
  NamespaceMode,
  PodSandboxConfig,
  Protocol,
  SecurityProfile_ProfileType,
  Signal,
} from "../../../src/cri/messages.ts";
import { UsageError } from "../../../src/errors.ts";

const parse = (text: string, kind: ConfigKind = "container", options?: ParseOptions) =>
  parseConfig({ name: "f", text }, kind, options);

/** The message of a refusal, and below it the hint. */
async function refusal(text: string, kind: ConfigKind = "container", options?: ParseOptions): Promise<string> {
  try {
    await parse(text, kind, options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.hint === undefined ? error.message : `${error.message}\n${error.hint}`;
  }
  return "taken";
}

const named = "metadata: {name: a}\nimage: {image: b}\n";
const named2 = { metadata: { name: "a" }, image: { image: "b" } };
const json = (rest: string): string => `{"metadata": {"name": "a"}, "image": {"image": "b"}, ${rest}}`;

/** crictl's own examples have this shape. */
const crictlPod = `{
    "metadata": {
        "name": "nginx-sandbox",
        "namespace": "default",
        "attempt": 1,
        "uid": "hdishd83djaidwnduwk28bcsb"
    },
    "hostname": "nginx",
    "log_directory": "/tmp",
    "dns_config": {"servers": ["8.8.8.8"]},
    "port_mappings": [{"protocol": 1, "container_port": 80}],
    "linux": {
        "security_context": {
            "namespace_options": {"pid": 1},
            "run_as_user": {"value": 0},
            "run_as_group": {},
            "supplemental_groups": [1, 2],
            "seccomp": {"profile_type": 1}
        }
    }
}
`;
const protojsonPod = `
metadata: {name: nginx-sandbox, namespace: default, attempt: 1, uid: hdishd83djaidwnduwk28bcsb}
hostname: nginx
logDirectory: /tmp
dnsConfig:
  servers: [8.8.8.8]
portMappings:
- protocol: UDP
  containerPort: 80
linux:
  security_context:
    namespaceOptions: {pid: CONTAINER}
    runAsUser: "0"
    runAsGroup: {value: "0"}
    supplementalGroups: ["1", 2]
    seccomp: {profileType: Unconfined}
`;

describe("the same config", () => {
  const asMessage = {
    metadata: { name: "nginx-sandbox", namespace: "default", attempt: 1, uid: "hdishd83djaidwnduwk28bcsb" },
    hostname: "nginx",
    logDirectory: "/tmp",
    dnsConfig: { servers: ["8.8.8.8"] },
    portMappings: [{ protocol: Protocol.UDP, containerPort: 80 }],
    linux: {
      securityContext: {
        namespaceOptions: { pid: NamespaceMode.CONTAINER },
        runAsUser: { value: 0n },
        runAsGroup: { value: 0n },
        supplementalGroups: [1n, 2n],
        seccomp: { profileType: SecurityProfile_ProfileType.Unconfined },
      },
    },
  };

  test("in crictl's JSON: snake_case, numbers for enums, wrappers; an empty wrapper is Go's way to write 0", async () => {
    expect(PodSandboxConfig.fromPartial(await parse(crictlPod, "pod"))).toEqual(
      PodSandboxConfig.fromPartial(asMessage),
    );
  });

  test("in protobuf's names, enums by name, plain values and 64-bit texts, one of both spellings beside the other", async () => {
    expect(await parse(protojsonPod, "pod")).toEqual(asMessage);
  });

  test("as protobuf's JSON prints the whole message", async () => {
    const message = PodSandboxConfig.fromPartial(asMessage);
    const printed = JSON.stringify(PodSandboxConfig.toJSON(message));
    expect(PodSandboxConfig.fromPartial(await parse(printed, "pod"))).toEqual(message);
  });
});

describe("a value", () => {
  const of = async (text: string) => parse(`${named}${text}`);

  test("of an environment variable is its text, or bytes that are none", async () => {
    expect(await of(`envs: [{key: A, value: aGk=}, {key: B, value: {base64: /w==}}, {key: C, value: 8080}]`)).toEqual({
      ...named2,
      envs: [
        { key: "A", value: Buffer.from("aGk=") },
        { key: "B", value: Buffer.from([0xff]) },
        { key: "C", value: Buffer.from("8080") },
      ],
    });
  });

  test.each([
    ["SIGNAL_SIGTERM", Signal.SIGNAL_SIGTERM],
    ["SIGTERM", Signal.SIGNAL_SIGTERM],
    ["RUNTIME_DEFAULT", 0],
    ["23", Signal.SIGNAL_SIGTERM],
  ])("of a signal is %s", async (word, number) => {
    expect(await of(`stop_signal: ${word}`)).toMatchObject({ stopSignal: number });
  });

  test.each([
    ["9007199254740993", 9_007_199_254_740_993n],
    ['"9007199254740993"', 9_007_199_254_740_993n],
    ["9223372036854775807", 9_223_372_036_854_775_807n],
    ["-9223372036854775808", -9_223_372_036_854_775_808n],
    ["0x10", 16n],
    ["1e3", 1_000n],
    ["5.0", 5n],
    ["50e-1", 5n],
    ["-0", 0n],
  ])("of 64 bits loses no digit: %s", async (word, number) => {
    expect(await of(`linux: {resources: {memory_limit_in_bytes: ${word}}}`)).toMatchObject({
      linux: { resources: { memoryLimitInBytes: number } },
    });
    if (word.startsWith("0x")) return;
    expect(await parse(json(`"linux": {"resources": {"memory_limit_in_bytes": ${word}}}`))).toMatchObject({
      linux: { resources: { memoryLimitInBytes: number } },
    });
  });

  test("that is a number or true in YAML is a text where a text is wanted, as in crictl", async () => {
    expect(await of("labels: {a: 1, 2: true, c: 1.5, d: -7, e: 2026-01-01, f: '010', g: a b}")).toMatchObject({
      labels: { a: "1", 2: "true", c: "1.5", d: "-7", e: "2026-01-01", f: "010", g: "a b" },
    });
  });

  test.each([
    "010",
    "1.10",
    "1.0",
    "0x1F",
    "1e3",
    "1_000",
    "+1",
    "yes",
    "Off",
    "y",
    ".5",
    ".inf",
    "TRUE",
    "123456789012345678901",
    "-0",
    "1234567.5",
  ])("that crictl would make another text of is refused: %s", async (word) => {
    expect(await refusal(`${named}labels: {a: ${word}}`)).toMatch(
      /^f:3:13: labels\["a"\] takes a text, and some read .* as .*\nwrite ".*"$/u,
    );
    expect(await of(`labels: {a: "${word}"}`)).toMatchObject({ labels: { a: word } });
  });

  test.each([
    ["true", true],
    ["yes", true],
    ["On", true],
    ["FALSE", false],
    ["n", false],
  ])("of a switch is %s", async (word, value) => {
    expect(await of(`tty: ${word}`)).toMatchObject({ tty: value });
  });

  test("of null, or none at all, is not said", async () => {
    expect(await of("tty: ~\nlabels:\nmounts: null\nlinux: {security_context: {run_as_user: null}}")).toEqual({
      ...named2,
      linux: { securityContext: {} },
    });
    expect(await parse(json(`"labels": null`))).toEqual(named2);
  });
});

describe("refused", () => {
  test.each([
    [
      "an unknown field",
      `${named}linux:\n  security_context:\n    privilegd: true\n`,
      "f:5:5: linux.security_context has no field 'privilegd'\ndid you mean privileged?",
    ],
    [
      "one in protobuf's spelling",
      `${named}logPth: x`,
      "f:3:1: a container's config has no field 'logPth'\ndid you mean logPath?",
    ],
    [
      "one with other capitals",
      `${named}Log_Path: x`,
      "f:3:1: a container's config has no field 'Log_Path'\ndid you mean log_path?",
    ],
    [
      "one at the wrong place",
      `${named}privileged: true`,
      "f:3:1: a container's config has no field 'privileged'\nit belongs into linux.security_context",
    ],
    [
      "one of the other config",
      `${named}port_mappings: []`,
      "f:3:1: a container's config has no field 'port_mappings'\nit belongs to the top of the pod's config",
    ],
    ["one that is like nothing", `${named}xyzzy: 1`, "f:3:1: a container's config has no field 'xyzzy'"],
    [
      "one in a list",
      `${named}mounts:\n- {host_path: /a}\n- {hostpath: /b}`,
      "f:5:4: mounts[1] has no field 'hostpath'\ndid you mean host_path?",
    ],
    ["a key said twice", `${named}tty: true\nstdin: true\ntty: true`, "f:5:1: tty is there twice"],
    ["a field in both spellings", `${named}log_path: a\nlogPath: b`, "f:4:1: logPath and log_path are the same field"],
    [
      "a label whose name some read as true",
      `${named}labels: {y: x}`,
      `f:3:10: labels has the name y, which some read as true\nwrite "y"`,
    ],
    ["a label said twice", `${named}labels: {a: "1", a: "2"}`, `f:3:18: labels["a"] is there twice`],
    ["a text for a switch", `${named}tty: "true"`, `f:3:6: tty takes true or false, not "true"`],
    [
      "a text for a number",
      `${named}metadata_: 1`,
      "f:3:1: a container's config has no field 'metadata_'\ndid you mean metadata?",
    ],
    [
      "a fraction",
      `${named}linux: {resources: {cpu_quota: 0.5}}`,
      "f:3:32: linux.resources.cpu_quota takes a whole number, not 0.5",
    ],
    [
      "a word for a number",
      `${named}linux: {resources: {cpu_quota: half}}`,
      "f:3:32: linux.resources.cpu_quota takes a whole number, not half",
    ],
    [
      "a number that some read as octal",
      `${named}linux: {resources: {cpu_quota: 0100}}`,
      "f:3:32: linux.resources.cpu_quota takes a whole number, not 0100\nsome read a leading 0 as octal, others do not: write it without",
    ],
    [
      "a number that is too large",
      `${named}linux: {resources: {cpu_quota: 9223372036854775808}}`,
      "f:3:32: linux.resources.cpu_quota takes -9223372036854775808 to 9223372036854775807, not 9223372036854775808",
    ],
    [
      "an exponent that would fill the memory",
      `${named}linux: {resources: {cpu_quota: 1e999}}`,
      "f:3:32: linux.resources.cpu_quota takes -9223372036854775808 to 9223372036854775807, not 1e999",
    ],
    [
      "a negative one",
      `metadata: {name: a, attempt: -1}\nimage: {image: b}`,
      "f:1:30: metadata.attempt takes 0 to 4294967295, not -1",
    ],
    [
      "a list for a number",
      `${named}linux: {resources: {cpu_quota: [1]}}`,
      "f:3:32: linux.resources.cpu_quota takes a whole number, not a list",
    ],
    ["a map for a text", `${named}log_path: {a: b}`, "f:3:11: log_path takes a text, not a map"],
    ["a text for a list", `${named}command: sh`, "f:3:10: command takes a list, not sh"],
    ["a list for fields", `${named}linux: []`, "f:3:8: linux takes fields, not a list"],
    ["nothing in a list", `${named}command: [~]`, `f:3:11: command[0] has no value\nwrite "" for an empty text`],
    ["nothing in a list of fields", `${named}mounts: [~]`, "f:3:10: mounts[0] takes fields, not nothing"],
    [
      "a label without a value",
      `${named}labels:\n  a:\n`,
      `f:4:5: labels["a"] has no value\nwrite "" for an empty text`,
    ],
    [
      "an enum's misspelt name",
      `${named}stop_signal: SIGTREM`,
      "f:3:14: stop_signal takes the name or the number of a Signal, not SIGTREM\ndid you mean SIGTERM?",
    ],
    [
      "an enum's name in small letters",
      `${named}mounts: [{propagation: propagation_private}]`,
      "f:3:24: mounts[0].propagation takes the name or the number of a MountPropagation, not propagation_private\ndid you mean PROPAGATION_PRIVATE?",
    ],
    [
      "an enum's unknown number",
      `${named}linux: {security_context: {namespace_options: {pid: 9}}}`,
      "f:3:53: linux.security_context.namespace_options.pid takes the name or the number of a NamespaceMode, not 9\nit takes POD, CONTAINER, NODE, TARGET",
    ],
    ["no base64", `${named}envs: [{key: A, value: {base64: "?"}}]`, "f:3:33: envs[0].value.base64 takes base64"],
    [
      "something else than base64",
      `${named}envs: [{key: A, value: {b: x}}]`,
      "f:3:24: envs[0].value takes a text, not a map\nbytes that are no text can be said as { base64: … }",
    ],
  ])("is %s", async (_, text, message) => {
    expect(await refusal(text)).toBe(message);
  });

  test("is a number for a text in JSON, where crictl refuses it too", async () => {
    expect(await refusal(json(`"log_path": 1`))).toBe(`f:1:66: log_path takes a text, not 1\nwrite "1"`);
  });

  test.each([
    ["010", "yes"],
    ["1.10", "~"],
  ])("is no value of a variable that is shown: %s", async (first, second) => {
    for (const secret of [first, second]) {
      expect(await refusal(`${named}envs: [{key: A, value: ${secret}}]`)).not.toContain(` ${secret}`);
    }
    expect(await refusal(json(`"envs": [{"key": "A", "value": 12345}]`))).not.toContain("12345");
  });

  test.each([
    ["{}", "pod", "f:1:1: metadata.name is missing: a pod needs it"],
    ["metadata: {name: a}", "pod", "f:1:11: metadata.namespace is missing: a pod needs it"],
    ["metadata: {name: a, namespace: ''}", "pod", "f:1:32: metadata.namespace is missing: a pod needs it"],
    ["image: {image: a}", "container", "f:1:1: metadata.name is missing: a container needs it"],
    ["metadata: {name: a}\nimage:\n", "container", "f:2:7: image.image is missing: a container needs it"],
    ["metadata: {name: a}\nimage: {imageRef: x}\n", "container", "f:2:8: image.image is missing: a container needs it"],
  ] as const)("is what has no name: %s", async (text, kind, message) => {
    expect(await refusal(text, kind)).toBe(message);
    expect(await refusal(text, kind, { lenient: true })).toBe(message);
  });
});

describe("the file as a whole", () => {
  test.each(["", "\n", "# only this\n", "---\n", "--- # nothing\n...\n"])("is empty: %j", async (text) => {
    expect(await refusal(text)).toBe("f is empty\n'crikit init' prints one to start from");
  });

  test.each([
    ["[]", "f:1:1: a container's config has fields, this is a list"],
    ["- a", "f:1:1: a container's config has fields, this is a list"],
    ["just words", "f:1:1: a container's config has fields, this is just words"],
    ["42", "f:1:1: a container's config has fields, this is 42"],
    ["null", "f:1:1: a container's config has fields, this is nothing"],
  ])("is something else: %s", async (text, message) => {
    expect(await refusal(text)).toBe(message);
  });

  test("is a manifest of Kubernetes", async () => {
    expect(await refusal("apiVersion: v1\nkind: Pod\nmetadata: {name: a}", "pod")).toBe(
      "f:1:1: this is a Kubernetes manifest, not a pod's config for a container runtime\n'crikit init pod' prints one to start from",
    );
  });

  test("is what inspect prints: the config in it counts", async () => {
    const inspected = `{"status": {"id": "x", "metadata": {"name": "no"}}, "info": {"pid": 1, "config": ${JSON.stringify({ ...named2, log_path: "x" })}}}`;
    expect(await parse(inspected)).toEqual({ ...named2, logPath: "x" });
    expect(await refusal(`{"status": {},\n "info": {"pid": 1}}`)).toBe(
      "f:2:10: this is what inspect prints, but there is no info.config in it to make a container from\n" +
        "containerd gives it, without -q; other runtimes do not",
    );
  });

  test.each([
    ["as texts", "b", "aGk="],
    ["in base64", "Yg==", "YUdrPQ=="],
  ])("is what inspect prints of a container whose runtime has its variables %s", async (_, b, hi) => {
    const config = {
      ...named2,
      envs: [
        { key: "A", value: b },
        { key: "HI", value: hi },
      ],
    };
    const runtimeSpec = { process: { env: ["PATH=/bin", "A=b", "HI=aGk="] } };
    expect(await parse(JSON.stringify({ status: {}, info: { config, runtimeSpec } }))).toEqual({
      ...named2,
      envs: [
        { key: "A", value: Buffer.from("b") },
        { key: "HI", value: Buffer.from("aGk=") },
      ],
    });
  });

  test.each([
    [`{"`, "f:1:2: not valid JSON: this text is none: its end is missing"],
    [`{"a"`, "f:1:5: not valid JSON: the file ends too early: expected ':'"],
    [`{"a": }`, "f:1:7: not valid JSON: expected a value"],
    [`{"a": 1 "b": 2}`, "f:1:9: not valid JSON: expected ',' or '}'"],
    [`{"a" 1}`, "f:1:6: not valid JSON: expected ':'"],
    [`{"a": 01}`, "f:1:7: not valid JSON: expected a value"],
    [
      `{"a": "x\ny"}`,
      "f:1:7: not valid JSON: this text is none: it holds a line break, a control character or a wrong escape",
    ],
    [`{"a": "x`, "f:1:7: not valid JSON: this text is none: its end is missing"],
    [`{"a": 1}\n}`, "f:2:1: not valid JSON: the file goes on after its end"],
    [`{"a": [1, 2}`, "f:1:12: not valid JSON: expected ',' or ']'"],
  ])("is not JSON: %s", async (text, message) => {
    // YAML's own opinion of it is not told: who begins with a brace means JSON.
    expect(await refusal(text)).toBe(message);
  });

  test("is YAML that begins with a brace", async () => {
    expect(await parse("{metadata: {name: a}, image: {image: b}, # yes\n tty: true,}")).toEqual({
      ...named2,
      tty: true,
    });
  });

  test("is JSON with tabs, escapes and astral characters", async () => {
    expect(
      await parse(
        `\n{\n\t"metadata":\t{"name":"a"},\r\n"image":{"image":"b"},"labels":{"\\ud83d\\ude00\\/":"\\u0041\\n"}}`,
      ),
    ).toEqual({
      ...named2,
      labels: { "😀/": "A\n" },
    });
  });

  test.each([
    ["a: b: c", "f:1:4: not valid YAML: Nested mappings are not allowed in compact mappings"],
    ["\ta: b", "f:1:1: not valid YAML: Tabs are not allowed as indentation"],
    [`${named}---\nmetadata: {}`, "f:4:1: a second document begins here, a config is one"],
    [`${named}tty: !switch yes`, "f:3:14: the tag !switch means nothing here"],
    [`${named}log_path: !!binary aGk=`, "f:3:20: the tag !!binary means nothing here"],
    ["? [a]\n: b", "f:1:3: a key has to be a text"],
  ])("is not the YAML of a config: %j", async (text, message) => {
    expect(await refusal(text)).toBe(message);
  });

  test("may end with the beginning of another document, and begin with a byte order mark's end", async () => {
    expect(await parse(`---\n${named}---\n`)).toEqual(named2);
    expect(await parse(`%YAML 1.2\n---\n${named}...\n`)).toEqual(named2);
  });
});

describe("anchors", () => {
  test("are followed, and merge keys are, where what is said itself wins", async () => {
    const text = `
metadata: {name: &name a}
image: {image: b}
log_path: *name
labels: &base {x: one, w: one}
annotations:
  <<: [*base, {z: two, x: two}]
  w: three
`;
    expect(await parse(text)).toEqual({
      ...named2,
      logPath: "a",
      labels: { x: "one", w: "one" },
      annotations: { x: "one", w: "three", z: "two" },
    });
  });

  test.each([
    [`${named}log_path: *nobody`, "f:3:11: '*nobody' means nothing: there is no anchor before it"],
    [`${named}command: &a [*a]`, "f:3:14: '*a' stands inside of what it means"],
    [`${named}labels: {<<: x}`, "f:3:14: '<<' takes a map, or a list of maps"],
  ])("that lead nowhere are refused: %s", async (text, message) => {
    expect(await refusal(text)).toBe(message);
  });

  test("that multiply beyond measure are refused at once", async () => {
    const levels = Array.from({ length: 30 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at},`.repeat(9)}]`);
    expect(await refusal(`l0: &l0 [x]\n${levels.join("\n")}`)).toMatch(
      /more than 1000000 values, its aliases counted/u,
    );
  });

  test("are not followed into depths", async () => {
    expect(await refusal(`a: ${"[".repeat(100)}${"]".repeat(100)}`)).toBe("f:1:68: more than 64 levels deep");
    expect(await refusal(`a: ${"[".repeat(10_000)}`)).toMatch(/^f:1:\d+: nested too deeply to be read$/u);
    expect(await refusal(`{"a": ${"[".repeat(100_000)}`)).toMatch(
      /^f:1:\d+: not valid JSON: more than 64 levels deep/u,
    );
  });
});

describe("leniently, as crictl reads", () => {
  const lenient = { lenient: true };

  test("what is unknown is dropped, capitals do not matter, the last of two counts", async () => {
    const text = `${named}nope: 1\nLOG_PATH: x\ntty: true\ntty: false\nlabels: {a: }\n---\nmore: 1`;
    expect(await parse(text, "container", lenient)).toEqual({
      ...named2,
      logPath: "x",
      tty: false,
      labels: { a: "" },
    });
  });

  test("what crictl's YAML makes of what has no quotes is what is sent", async () => {
    const numbers = `labels: {a: 010, b: yes, c: 1.10, d: 1_000, e: 1e3, f: .5, 0x10: x, on: z}`;
    expect(await parse(`${named}${numbers}`, "container", lenient)).toMatchObject({
      labels: { a: "8", b: "true", c: "1.1", d: "1000", e: "1000", f: "0.5", 16: "x", true: "z" },
    });
    const floats = `labels: {g: 1234567.5, h: 1e-7, i: -.inf, j: 1.23456789, k: .nan, l: -0.0}`;
    expect(await parse(`${named}${floats}`, "container", lenient)).toMatchObject({
      labels: { g: "1.2345675e+06", h: "1e-07", i: "-Inf", j: "1.2345679", k: "NaN", l: "-0" },
    });
    const quota = `${named}linux: {resources: {cpu_quota: 0100, cpu_period: 1_000, cpu_shares: 0b11}}`;
    expect(await parse(quota, "container", lenient)).toMatchObject({
      linux: { resources: { cpuQuota: 64n, cpuPeriod: 1_000n, cpuShares: 3n } },
    });
  });

  test("what comes after the first value of JSON is not read", async () => {
    expect(await parse(`${JSON.stringify(named2)} and more`, "container", lenient)).toEqual(named2);
  });

  test("an unknown number of an enum is sent, an unknown name is not", async () => {
    expect(await parse(`${named}stop_signal: 99`, "container", lenient)).toMatchObject({ stopSignal: 99 });
    expect(await refusal(`${named}stop_signal: NOPE`, "container", lenient)).toContain("stop_signal takes the name");
  });
});

describe("a warning: a pid namespace that nothing is said of", () => {
  const warnings = async (text: string, kind: ConfigKind): Promise<readonly string[]> => {
    const said: string[] = [];
    await parse(text, kind, { onWarning: (sentence) => said.push(sentence) });
    return said;
  };
  const pod = "metadata: {name: a, namespace: b}\n";

  test("is said aloud", async () => {
    expect(await warnings(pod, "pod")).toEqual([
      "f: linux.security_context.namespace_options.pid is not set, so the pod's containers share the pod's one pid " +
        "namespace: CRI's zero value is POD, while kubelet's default is CONTAINER",
    ]);
    expect(await warnings(named, "container")).toEqual([expect.stringContaining("so the container joins the pod's")]);
  });

  test("is not the only one: the number of a signal is not the kernel's", async () => {
    const pid = "linux: {security_context: {namespace_options: {pid: POD}}}";
    expect(await warnings(`${named}${pid}\nstop_signal: 15`, "container")).toEqual([
      "f: stop_signal: 15 is CRI's own number and means SIGNAL_SIGPOLL, whatever the kernel's says",
    ]);
    expect(await warnings(`${named}${pid}\nstop_signal: SIGTERM`, "container")).toEqual([]);
    const inspected = `{"status": {}, "info": {"config": {"metadata": {"name": "a"}, "image": {"image": "b"}, "windows": {}, "stop_signal": 15}}}`;
    expect(await warnings(inspected, "container")).toEqual([]);
  });

  test("is not, when it is POD on purpose, or on Windows", async () => {
    expect(await warnings(`${pod}linux: {securityContext: {namespace_options: {pid: POD}}}`, "pod")).toEqual([]);
    expect(await warnings(`${pod}windows: {}`, "pod")).toEqual([]);
  });
});

describe("whatever the text", () => {
  const documents = [
    crictlPod,
    protojsonPod,
    json(`"envs": [{"key": "A", "value": "b"}], "linux": {"resources": {"cpu_quota": 5}}`),
    `${named}labels: &a {x: 1, <<: {z: 2}}\nannotations: *a\nmounts:\n- host_path: |\n    /a\n  propagation: 1\n`,
  ];
  const broken = fc
    .record({
      text: fc.constantFrom(...documents),
      cuts: fc.array(
        fc.record({
          at: fc.nat(400),
          length: fc.nat(6),
          put: fc.oneof(
            fc.constantFrom(..."{}[]:,\"'#&*!|>-~\\\n\t 0x".split("")),
            fc.string({ unit: "binary", maxLength: 3 }),
          ),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    })
    .map(({ text, cuts }) =>
      cuts.reduce((whole, { at, length, put }) => whole.slice(0, at) + put + whole.slice(at + length), text),
    );

  test("it is read or refused with its place, and nothing else happens", async () => {
    await fc.assert(
      fc.asyncProperty(broken, fc.constantFrom("pod", "container"), fc.boolean(), async (text, kind, isLenient) => {
        const end = await refusal(text, kind, { lenient: isLenient });
        expect(end).toMatch(/^(?:taken$|f is empty\n|f:\d+:\d+: )/u);
      }),
      { numRuns: 1_500 },
    );
  });
});

test("a message that was read can be sent", async () => {
  const message = ContainerConfig.fromPartial(await parse(`${named}envs: [{key: A, value: x}]`));
  expect(ContainerConfig.decode(ContainerConfig.encode(message).finish()).envs[0]?.value.toString()).toBe("x");
});
