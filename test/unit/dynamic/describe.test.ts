import { afterAll, expect, test } from "vitest";
import { describe, listMethods } from "../../../src/dynamic/describe.ts";
import { loadSchema } from "../../../src/dynamic/schema.ts";
import { EchoProtos } from "./echo-protos.ts";

const shipped = loadSchema();
const protos = new EchoProtos();
afterAll(() => protos[Symbol.dispose]());
const echo = loadSchema([protos.file]);

const say = {
  name: "test.v1.Echo/Say",
  comment: "Once.",
  request: "test.v1.Everything",
  requestStream: false,
  response: "test.v1.Everything",
  responseStream: false,
};

test("methods are listed with what they take and give", () => {
  expect(listMethods(echo).slice(0, 4)).toMatchObject([
    say,
    { name: "test.v1.Echo/SayAgain", comment: "", requestStream: false, responseStream: true },
    { name: "test.v1.Echo/Collect", requestStream: true, responseStream: false },
    { name: "test.v1.Echo/Chat", requestStream: true, responseStream: true },
  ]);
});

test("a method is described by its service and name", () => {
  expect(describe(echo, "Echo/Say")).toEqual({ kind: "method", ...say });
});

test("a service is described with its methods", () => {
  const description = describe(echo, "Echo");
  expect(description).toMatchObject({ kind: "service", name: "test.v1.Echo", comment: "Says what it is told." });
  expect(description).toMatchObject({ methods: [say, {}, {}, {}] });
});

test("an enum is described with its numbers, and found inside its message", () => {
  expect(describe(echo, "Everything.Kind")).toEqual({
    kind: "enum",
    name: "test.v1.Everything.Kind",
    comment: "A kind.",
    values: [
      { name: "NONE", number: 0, comment: "" },
      { name: "ONE", number: 1, comment: "The first." },
      { name: "TWO", number: 2, comment: "" },
      { name: "BELOW", number: -1, comment: "" },
    ],
  });
});

const plain = { oneof: null, comment: "" };

test.each([
  ["a scalar", { name: "i32", number: 1, type: "int32", ...plain }],
  ["a message", { name: "inner", number: 17, type: "test.v1.Inner", ...plain, comment: "Inside." }],
  ["a list", { name: "many", number: 20, type: "repeated int64", ...plain }],
  ["a list of enums", { name: "kinds", number: 22, type: "repeated test.v1.Everything.Kind", ...plain }],
  ["a map", { name: "counts", number: 24, type: "map<string, int64>", ...plain }],
  [
    "a map of messages",
    { name: "byTruth", protoName: "by_truth", number: 26, type: "map<bool, test.v1.Inner>", ...plain },
  ],
  ["what is optional", { name: "maybe", number: 30, type: "optional string", ...plain }],
  ["a member of a oneof", { name: "text", number: 31, type: "string", oneof: "choice", comment: "" }],
  ["Google's types", { name: "at", number: 40, type: "google.protobuf.Timestamp", ...plain }],
  ["another name in JSON", { name: "other", protoName: "renamed", number: 52, type: "string", ...plain }],
  ["what is deprecated", { name: "old", number: 53, type: "string", deprecated: true, ...plain }],
])("of a message, %s is described", (_what, field) => {
  const description = describe(echo, "test.v1.Everything");
  if (description.kind !== "message") throw new TypeError("not a message");
  expect(description.comment).toBe("One of each.");
  expect(description.fields.find(({ number }) => number === field.number)).toEqual(field);
});

test("fields are in the order of their numbers, whatever the proto's order", () => {
  const description = describe(shipped, "LinuxSandboxSecurityContext");
  if (description.kind !== "message") throw new TypeError("not a message");
  expect(description.fields.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test("what crikit ships is described with its comments", () => {
  expect(describe(shipped, "NamespaceMode")).toMatchObject({ comment: expect.stringContaining("zero value") });
  expect(describe(shipped, "RunPodSandbox")).toMatchObject({ kind: "method", comment: expect.stringMatching(/./u) });
});

test("a name that is not there is refused with the near one, a name of several with all", () => {
  expect(() => describe(shipped, "NamespaceOptions")).toThrow(
    expect.objectContaining({ code: "not-found", hint: "did you mean NamespaceOption?" }),
  );
  expect(() => describe(shipped, "PodSandboxStatus")).toThrow(
    expect.objectContaining({
      code: "usage",
      message: "'PodSandboxStatus' may be runtime.v1.RuntimeService/PodSandboxStatus or runtime.v1.PodSandboxStatus",
    }),
  );
});
