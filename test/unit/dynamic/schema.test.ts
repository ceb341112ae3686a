import { afterAll, expect, test } from "vitest";
import { findMethod, loadSchema } from "../../../src/dynamic/schema.ts";
import { EchoProtos } from "./echo-protos.ts";

const shipped = loadSchema();
const protos = new EchoProtos();
afterAll(() => protos[Symbol.dispose]());

const found = (schema: typeof shipped, name: string): string => {
  const { service, rpc } = findMethod(schema, name);
  return `${service}/${rpc}`;
};

test("the protos that crikit ships have CRI first, then containerd's services", () => {
  const names = [...shipped.methods.keys()];
  expect(names.slice(0, 43).filter((name) => !name.startsWith("runtime.v1."))).toEqual([]);
  expect(names.slice(43).filter((name) => !name.startsWith("containerd.services."))).toEqual([]);
  expect(names.length).toBeGreaterThan(100);
});

test.each([
  "RuntimeService/RunPodSandbox",
  "RuntimeService.RunPodSandbox",
  "runtime.v1.RuntimeService/RunPodSandbox",
  "runtime.v1.RuntimeService.RunPodSandbox",
  "/runtime.v1.RuntimeService/RunPodSandbox",
  "v1.RuntimeService/RunPodSandbox",
  "RunPodSandbox",
])("%s means RunPodSandbox", (name) => {
  expect(found(shipped, name)).toBe("runtime.v1.RuntimeService/RunPodSandbox");
});

test.each([
  ["RunPodSandbx", "did you mean RunPodSandbox?"],
  ["RuntimeServise/Version", "did you mean RuntimeService.Version?"],
  ["runtime.v2.RuntimeService/Version", "did you mean runtime.v1.RuntimeService.Version?"],
  ["PodSandbox", "did you mean RunPodSandbox?"],
  ["Teapot", "crikit rpc --list shows all methods"],
  ["", "crikit rpc --list shows all methods"],
])("there is no method '%s': %s", (name, hint) => {
  expect(() => findMethod(shipped, name)).toThrow(
    expect.objectContaining({ code: "not-found", message: `the protos have no method '${name}'`, hint }),
  );
});

test("a name that several methods have is refused with all of them", () => {
  expect(() => findMethod(shipped, "Version")).toThrow(
    expect.objectContaining({
      code: "usage",
      message: "'Version' may be runtime.v1.RuntimeService/Version or containerd.services.version.v1.Version/Version",
    }),
  );
});

test("a whole name is that one, also where another ends so", () => {
  const file = protos.write(
    "two.proto",
    `syntax = "proto3"; package v1; message Nothing {} service S { rpc M(Nothing) returns (Nothing); }`,
  );
  const other = protos.write(
    "one.proto",
    `syntax = "proto3"; package a.v1; message Nothing {} service S { rpc M(Nothing) returns (Nothing); }`,
  );
  const schema = loadSchema([other, file]);
  expect(found(schema, "v1.S/M")).toBe("v1.S/M");
  expect(() => findMethod(schema, "S/M")).toThrow("'S/M' may be a.v1.S/M or v1.S/M");
});

test("a proto of one's own may import what is beside it, what crikit ships, and what is Google's", () => {
  const names = [...loadSchema([protos.file]).methods.keys()];
  expect(names.slice(0, 4)).toEqual(["Say", "SayAgain", "Collect", "Chat"].map((rpc) => `test.v1.Echo/${rpc}`));
  expect(names).toContain("runtime.v1.RuntimeService/Version");
});

test("a service needs no package", () => {
  const file = protos.write(
    "bare.proto",
    `syntax = "proto3"; message Nothing {} service Bare { rpc Do(Nothing) returns (Nothing); }`,
  );
  expect(found(loadSchema([file]), "Bare/Do")).toBe("Bare/Do");
});

test.each([
  ["is not there", "gone.proto", undefined, "ENOENT"],
  ["is no proto", "wrong.proto", "hello", "illegal token"],
  ["imports what is not there", "import.proto", `syntax = "proto3"; import "gone/away.proto";`, "gone/away.proto"],
  ["names a type that there is not", "type.proto", `syntax = "proto3"; message A { B b = 1; }`, "no such Type or Enum"],
  [
    "has a method of no message",
    "method.proto",
    `syntax = "proto3"; service S { rpc M(A) returns (A); }`,
    "no such type",
  ],
])("a file that %s is refused", (_what, name, text, why) => {
  const file = text === undefined ? `${protos.folder}/${name}` : protos.write(name, text);
  expect(() => loadSchema([file])).toThrow(
    expect.objectContaining({
      code: "usage",
      message: expect.stringMatching(new RegExp(`^cannot read the protos: .*${why}`, "u")),
    }),
  );
});
