import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { callByName } from "../../../src/dynamic/call.ts";
import { loadSchema, type Schema } from "../../../src/dynamic/schema.ts";
import { NotFoundError, UsageError } from "../../../src/errors.ts";
import { LinuxContainerResources, RunPodSandboxRequest } from "../../../src/gen/runtime/v1/api.ts";
import type { CallRecord } from "../../../src/rpc/call.ts";
import { EchoProtos } from "./echo-protos.ts";
import { EchoServer } from "./echo-server.ts";

let protos: EchoProtos;
let server: EchoServer;
let schema: Schema;

beforeAll(async () => {
  protos = new EchoProtos();
  schema = loadSchema([protos.file]);
  server = await EchoServer.listen(protos.folder, [
    { path: "/test.v1.Echo/Say" },
    { path: "/test.v1.Echo/SayAgain", stream: true },
    { path: "/runtime.v1.RuntimeService/RunPodSandbox" },
    { path: "/runtime.v1.RuntimeService/GetContainerEvents", stream: true },
    { path: "/containerd.services.content.v1.Content/Info" },
    { path: "/containerd.services.version.v1.Version/Version" },
  ]);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  protos[Symbol.dispose]();
});
beforeEach(() => void (server.calls.length = 0));

const textOf = (request: unknown): string => (typeof request === "string" ? request : JSON.stringify(request));

async function say(request: unknown): Promise<Record<string, unknown>> {
  const answer = await callByName(server.caller, schema, { method: "Say", request: textOf(request) });
  if (answer.kind !== "one") throw new TypeError("a stream");
  return answer.answer as Record<string, unknown>;
}

/** What an empty message looks like: everything with a default is there, messages and what is optional are not. */
const empty = {
  i32: 0,
  i64: "0",
  u32: 0,
  u64: "0",
  s32: 0,
  s64: "0",
  f32: 0,
  f64: "0",
  sf32: 0,
  sf64: "0",
  float: 0,
  double: 0,
  bool: false,
  string: "",
  bytes: "",
  kind: "NONE",
  many: [],
  blobs: [],
  kinds: [],
  inners: [],
  counts: {},
  byNumber: {},
  byTruth: {},
  anys: {},
  times: [],
  oddName1: "",
  aBC: "",
  other: "",
  old: "",
};

test("what is left out of a request comes back as its default, lists and maps empty, messages not at all", async () => {
  expect(await say({})).toEqual(empty);
  expect(server.calls[0]?.bytes).toHaveLength(0);
});

test("a call without a request sends an empty one", async () => {
  await callByName(server.caller, schema, { method: "Say" });
  expect(server.calls.map(({ bytes }) => bytes.length)).toEqual([0]);
});

const whole = {
  i32: -2147483648,
  i64: "-9223372036854775808",
  u32: 4294967295,
  u64: "18446744073709551615",
  s32: -1,
  s64: "9223372036854775807",
  f32: 1,
  f64: "9007199254740993",
  sf32: -7,
  sf64: "-9007199254740993",
  float: 0.5,
  double: 0.1,
  bool: true,
  string: "grüße",
  bytes: "AP/+",
  kind: "TWO",
  inner: { name: "a", deeper: { name: "b" } },
  many: ["1", "9007199254740993"],
  blobs: ["", "YQ=="],
  kinds: ["ONE", "BELOW", "NONE"],
  inners: [{ name: "c" }],
  counts: { "": "0", big: "-9007199254740993" },
  byNumber: { "-5": "ONE" },
  byTruth: { true: { name: "yes" } },
  anys: { one: { "@type": "type.googleapis.com/test.v1.Inner", name: "d" } },
  maybe: "",
  otherInner: { name: "e" },
  at: "2026-11-23T12:00:00.000000001Z",
  lasting: "-1.500s",
  mask: "createdAt,labels.my_Label",
  any: { "@type": "google.protobuf.Duration", value: "3s" },
  times: ["1969-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z"],
  mount: {
    containerPath: "/data",
    hostPath: "",
    readonly: true,
    selinuxRelabel: false,
    recursiveReadOnly: false,
    propagation: "PROPAGATION_HOST_TO_CONTAINER",
    imageSubPath: "",
    mountOptions: [],
    uidMappings: [{ hostId: 1, containerId: 2, length: 3 }],
    gidMappings: [],
  },
  oddName1: "f",
  aBC: "g",
  other: "h",
  old: "i",
};

test("every kind of field goes there and back as it was", async () => {
  expect(await say(whole)).toEqual({ ...empty, ...whole });
});

test.each([
  [
    "names as the proto has them",
    { by_number: { 1: "ONE" }, odd_name_1: "x" },
    { byNumber: { 1: "ONE" }, oddName1: "x" },
  ],
  ["a name of the proto in place of its json_name", { renamed: "x" }, { other: "x" }],
  [
    "64-bit numbers as numbers, exact",
    '{"i64":9007199254740993,"many":[-9007199254740993]}',
    { i64: "9007199254740993", many: ["-9007199254740993"] },
  ],
  ["32-bit numbers as texts", { i32: "-5" }, { i32: -5 }],
  ["whole numbers with an exponent", '{"i64":1e3,"u32":2.0}', { i64: "1000", u32: 2 }],
  ["enums as numbers", { kind: 1, kinds: [2, -1] }, { kind: "ONE", kinds: ["TWO", "BELOW"] }],
  ["a number that the enum has no name for", { kind: 99 }, { kind: 99 }],
  ["bytes in the other base64, without padding", { bytes: "AP_-", blobs: ["YQ"] }, { bytes: "AP/+", blobs: ["YQ=="] }],
  ["numbers that JSON lacks", { double: "-Infinity", float: "NaN" }, { double: "-Infinity", float: "NaN" }],
  ["a number as a text for a double", { double: "1e3" }, { double: 1000 }],
  ["null for what is left out", { string: null, inner: null, many: null, kind: null }, {}],
  ["a default, said", { text: "" }, { text: "" }],
  ["times with an offset", { at: "2026-01-01T01:30:00.5+01:30" }, { at: "2026-01-01T00:00:00.500Z" }],
  ["times as messages", { at: { seconds: 1, nanos: 500 } }, { at: "1970-01-01T00:00:01.000000500Z" }],
  ["a time that has no text", { at: { seconds: "999999999999" } }, { at: { seconds: "999999999999", nanos: 0 } }],
  ["short durations", { lasting: "0.000001s" }, { lasting: "0.000001s" }],
  ["durations that go back less than a second", { lasting: "-0.5s" }, { lasting: "-0.500s" }],
  ["durations that go back whole seconds", { lasting: "-2s" }, { lasting: "-2s" }],
  [
    "masks as messages, as they are",
    { mask: { paths: ["created_at", "labels.my_label"] } },
    { mask: "createdAt,labels.my_label" },
  ],
  ["an empty mask", { mask: "" }, { mask: "" }],
  [
    "an Any of a message that is unknown, as bytes",
    { any: { "@type": "x/y.Unknown", value: "AQI=" } },
    { any: { "@type": "x/y.Unknown", value: "AQI=" } },
  ],
  [
    "an Any as the message it is",
    { any: { typeUrl: "test.v1.Inner", value: "CgFh" } },
    { any: { "@type": "test.v1.Inner", name: "a" } },
  ],
  [
    "an Any whose bytes are not its message",
    { any: { typeUrl: "test.v1.Inner", value: "/w==" } },
    { any: { "@type": "test.v1.Inner", value: "/w==" } },
  ],
  [
    "an Any whose name is only the end of a message's",
    { any: { typeUrl: "x/Inner", value: "CgFh" } },
    { any: { "@type": "x/Inner", value: "CgFh" } },
  ],
  ["an Any of nothing", { any: {} }, { any: {} }],
  [
    "names that every JavaScript object has, as keys of a map",
    { counts: { constructor: 1, toString: 2 } },
    { counts: { constructor: "1", toString: "2" } },
  ],
])("a request may have %s", async (_what, request, expected) => {
  expect(await say(request)).toEqual({ ...empty, ...expected });
});

test.each([
  ["{", "the request is not JSON"],
  ["[]", "the request has to be a JSON object"],
  [{ inner: "x" }, "inner has to be a JSON object"],
  [{ inner: { nam: "x" } }, "test.v1.Inner has no field 'inner.nam'", "did you mean name?"],
  [{ mount: { hostPaths: "" } }, "runtime.v1.Mount has no field 'mount.hostPaths'", "did you mean hostPath?"],
  [{ constructor: "x" }, "test.v1.Everything has no field 'constructor'"],
  [{ toString: "x" }, "test.v1.Everything has no field 'toString'"],
  [{ inners: [{}, { name: 1 }] }, "inners[1].name has to be a text"],
  [{ odd_name_1: "x", oddName1: "y" }, "oddName1 is said twice"],
  [{ text: "x", otherKind: "ONE" }, "otherKind and text exclude each other"],
  [{ i32: 2147483648 }, "i32 has to be from -2147483648 to 2147483647"],
  [{ u64: "-1" }, "u64 has to be from 0 to 18446744073709551615"],
  ['{"i64":9223372036854775808}', "i64 has to be from -9223372036854775808 to 9223372036854775807"],
  [{ i64: 1.5 }, "i64 has to be a whole number"],
  [{ i64: "" }, "i64 has to be a whole number"],
  [{ i32: true }, "i32 has to be a whole number"],
  [{ double: [] }, "double has to be a number"],
  [{ double: "" }, "double has to be a number"],
  ['{"double":1e999}', "double has to be a number"],
  [{ bool: "true" }, "bool has to be true or false"],
  [{ bytes: "***" }, "bytes has to be bytes in base64"],
  [{ bytes: "A" }, "bytes has to be bytes in base64"],
  [{ kind: "ON" }, "kind has to be one of NONE, ONE, TWO, BELOW", "did you mean ONE?"],
  [{ kind: 1.5 }, "kind has to be a whole number"],
  [{ kind: "constructor" }, "kind has to be one of"],
  [{ many: 1 }, "many has to be a JSON list"],
  [{ many: [null] }, "many[0] has to be a whole number"],
  [{ counts: [] }, "counts has to be a JSON object"],
  [{ counts: { a: "x" } }, "counts.a has to be a whole number"],
  [{ byNumber: { x: "ONE" } }, "byNumber.x has to be a whole number"],
  [{ byTruth: { yes: {} } }, "byTruth.yes has to be under the key true or false"],
  [{ at: "yesterday" }, "at has to be a time such as"],
  [{ at: "2026-02-30T00:00:00Z" }, "at has to be a time such as"],
  [{ at: "2026-01-01T00:00:00" }, "at has to be a time such as"],
  [{ at: "0000-01-01T00:00:00Z" }, "at has to be a time such as"],
  [{ lasting: "1m" }, "lasting has to be a duration such as"],
  [{ any: { "@type": "test.v1.Inner", nam: "x" } }, "test.v1.Inner has no field 'any.nam'"],
  [{ any: { "@type": "test.v1.Gone", name: "x" } }, "the protos have no message 'test.v1.Gone'", "give its bytes"],
  [{ any: { "@type": 1 } }, "any.@type has to be a text"],
])("before anything is sent %j is refused: %s", async (request, message, hint = "") => {
  const refused: unknown = await say(request).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UsageError);
  expect(refused).toMatchObject({ message: expect.stringContaining(message) });
  if (hint !== "") expect(refused).toMatchObject({ hint: expect.stringContaining(hint) });
  expect(server.calls).toEqual([]);
});

describe("a method", () => {
  test("that streams gives its answers as they come", async () => {
    const answer = await callByName(server.caller, schema, { method: "SayAgain", request: '{"string":"x"}' });
    if (answer.kind !== "many") throw new TypeError("not a stream");
    const answers: unknown[] = [];
    for await (const one of answer.answers) answers.push(one);
    expect(answers).toEqual(Array.from({ length: 3 }, () => ({ ...empty, string: "x" })));
  });

  test.each(["Collect", "Chat"])("that takes a stream of requests is refused: %s", async (method) => {
    await expect(callByName(server.caller, schema, { method })).rejects.toThrow(
      new UsageError(`test.v1.Echo/${method} takes a stream of requests, which cannot be written as one JSON`),
    );
  });

  test("that the server has not is the failure that a typed call gives too", async () => {
    const list = callByName(server.caller, loadSchema(), { method: "ListContainerStats" });
    await expect(list).rejects.toMatchObject({ code: "unimplemented", rpc: "ListContainerStats" });
  });

  test("that no proto has is not found, and no call", async () => {
    await expect(callByName(server.caller, schema, { method: "Sey" })).rejects.toThrow(NotFoundError);
    expect(server.calls).toEqual([]);
  });
});

describe("on the wire", () => {
  const shipped = loadSchema();

  test("a request is what the generated stubs read", async () => {
    await callByName(server.caller, shipped, {
      method: "RunPodSandbox",
      request: `{"config":{"metadata":{"name":"web","attempt":2},"labels":{"app":"web"},"linux":{"securityContext":{
        "namespaceOptions":{"pid":"CONTAINER","network":"NODE"},"run_as_user":{"value":0},"supplementalGroups":[1]},
        "resources":{"memoryLimitInBytes":9007199254740993}}},"runtimeHandler":"runc"}`,
    });
    const read = RunPodSandboxRequest.decode(server.calls[0]!.bytes);
    expect(read).toMatchObject({ runtimeHandler: "runc", config: { labels: { app: "web" } } });
    expect(read.config?.metadata).toMatchObject({ name: "web", attempt: 2 });
    expect(read.config?.linux).toMatchObject({
      securityContext: {
        namespaceOptions: { pid: 1, network: 2, ipc: 0 },
        runAsUser: { value: 0n },
        supplementalGroups: [1n],
      },
      resources: LinuxContainerResources.fromPartial({ memoryLimitInBytes: 9007199254740993n }),
    });
  });

  test("an empty mask has no path", async () => {
    await say({ mask: "" });
    await say({ mask: {} });
    expect(server.calls[0]?.bytes).toEqual(server.calls[1]?.bytes);
  });

  test("containerd's own services are told the namespace, others are not", async () => {
    for (const method of ["Content/Info", "RunPodSandbox"])
      await callByName(server.caller, shipped, { method, namespace: "k8s.io" });
    expect(server.calls.map(({ metadata }) => metadata.get("containerd-namespace"))).toEqual([["k8s.io"], []]);
  });

  test("an observer sees the request and the answer as JSON", async () => {
    const records: CallRecord[] = [];
    const caller = { ...server.caller, onCall: (record: CallRecord) => void records.push(record) };
    await callByName(caller, schema, { method: "Say", request: '{"a_b_c":"x","i64":5}' });
    expect(records).toMatchObject([{ rpc: "Say", request: { a_b_c: "x", i64: 5 }, response: { aBC: "x", i64: "5" } }]);
  });

  test("what was aborted before it began is not sent", async () => {
    const call = callByName(server.caller, schema, { method: "Say", signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: "cancelled" });
    expect(server.calls).toEqual([]);
  });
});
