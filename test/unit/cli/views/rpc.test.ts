import { expect, test } from "vitest";
import { descriptionView, methodsView } from "../../../../src/cli/views/rpc.ts";

const watch = {
  name: "test.v1.Pods/Watch",
  comment: "Watches.\n\nFor ever.",
  request: "test.v1.WatchRequest",
  requestStream: false,
  response: "test.v1.Pod",
  responseStream: true,
};

test("a method that streams says which side does", () => {
  expect(methodsView([watch, { ...watch, requestStream: true, responseStream: false }]).split("\n")).toEqual([
    "METHOD               REQUEST                       RESPONSE",
    "test.v1.Pods/Watch   test.v1.WatchRequest          stream test.v1.Pod",
    "test.v1.Pods/Watch   stream test.v1.WatchRequest   test.v1.Pod",
  ]);
});

test("a service is written as a proto writes it, its comments above what they are about", () => {
  expect(descriptionView({ kind: "service", name: "test.v1.Pods", comment: "Pods.", methods: [watch] })).toBe(
    [
      "// Pods.",
      "service test.v1.Pods {",
      "  // Watches.",
      "  //",
      "  // For ever.",
      "  rpc Watch(test.v1.WatchRequest) returns (stream test.v1.Pod);",
      "}",
    ].join("\n"),
  );
});

test("a method by itself has its whole name", () => {
  expect(descriptionView({ kind: "method", ...watch, comment: "" })).toBe(
    "rpc test.v1.Pods/Watch(test.v1.WatchRequest) returns (stream test.v1.Pod);",
  );
});

test("a message and an enum show their numbers", () => {
  const field = { name: "name", number: 3, type: "string", oneof: null, comment: "" };
  const fields = [field, { ...field, name: "id", number: 4, oneof: "key" }];
  expect(descriptionView({ kind: "message", name: "test.v1.Pod", comment: "", fields })).toBe(
    "message test.v1.Pod {\n  string name = 3;\n  string id = 4; // one of key\n}",
  );
  const values = [{ name: "READY", number: 0, comment: "Good." }];
  expect(descriptionView({ kind: "enum", name: "test.v1.State", comment: "", values })).toBe(
    "enum test.v1.State {\n  // Good.\n  READY = 0;\n}",
  );
});
