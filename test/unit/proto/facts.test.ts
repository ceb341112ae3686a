import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { differences, type FactPackage, type Wire, wireOfDescriptors, wireOfFacts } from "./wire.ts";

/** Facts of services that crikit does not use yet. */
const notShipped = new Set([
  "containerd.services.transfer.v1",
  "containerd.services.streaming.v1",
  "containerd.types.transfer",
]);

function readFacts(file: string): Record<string, FactPackage> {
  return JSON.parse(readFileSync(`test/fixtures/facts/${file}.json`, "utf8")) as Record<string, FactPackage>;
}

const everyFact = { ...readFacts("cri-v1"), ...readFacts("containerd") };
const packages = Object.fromEntries(Object.entries(everyFact).filter(([name]) => !notShipped.has(name)));
// Not a message: the name under which the facts list a file of nothing but an extension.
const { fieldpath: _, ...types } = packages["containerd.types"]?.messages ?? {};
const facts = wireOfFacts({
  ...packages,
  "containerd.types": { ...packages["containerd.types"], messages: types, services: {} },
});

const compiled = execFileSync("node_modules/.bin/buf", ["build", "proto", "-o", "-#format=binpb"], {
  maxBuffer: 1 << 26,
});

function ours(change: (set: FileDescriptorSet) => void = () => undefined): Wire {
  const set = fromBinary(FileDescriptorSetSchema, compiled);
  change(set);
  // Through bytes again: what a changed set says on the wire, not in memory.
  const again = fromBinary(FileDescriptorSetSchema, toBinary(FileDescriptorSetSchema, set));
  return wireOfDescriptors(again, (name) => Object.hasOwn(packages, name));
}

function message(set: FileDescriptorSet, name: string) {
  const found = set.file.find((file) => file.package === "runtime.v1")?.messageType.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`no ${name}`);
  return found;
}

test("our protos say what the facts say, element by element, and nothing more", () => {
  expect(differences(facts, ours())).toEqual([]);
});

test("the comparison sees all of it: 175 messages and 43 RPCs of CRI, and containerd's services", () => {
  const names = [...facts].filter(([name]) => name.startsWith("runtime.v1."));
  expect(names.filter(([, line]) => line.startsWith("rpc "))).toHaveLength(43);
  expect(names.filter(([name, line]) => line === "message" && name.split(".").length === 3)).toHaveLength(175);
  expect(
    [...facts].filter(([name, line]) => name.startsWith("containerd.") && line.startsWith("rpc ")).length,
  ).toBeGreaterThan(60);
});

const changes: readonly [what: string, change: (set: FileDescriptorSet) => void, where: string][] = [
  ["a number", (set) => (message(set, "Mount").field[2]!.number = 99), "runtime.v1.Mount.readonly"],
  [
    "a type",
    (set) => (message(set, "Mount").field[0]!.type = FieldDescriptorProto_Type.BYTES),
    "runtime.v1.Mount.container_path",
  ],
  [
    "a label",
    (set) => (message(set, "Mount").field[0]!.label = FieldDescriptorProto_Label.REPEATED),
    "runtime.v1.Mount.container_path",
  ],
  ["a name", (set) => (message(set, "Mount").field[0]!.name = "container_paths"), "runtime.v1.Mount.container_paths"],
  [
    "a message's type",
    (set) => (message(set, "PodSandboxConfig").field[0]!.typeName = ".runtime.v1.Mount"),
    "runtime.v1.PodSandboxConfig.metadata",
  ],
  ["a field that is missing", (set) => message(set, "Mount").field.pop(), "runtime.v1.Mount."],
  [
    "a message that is missing",
    (set) => set.file.find((file) => file.package === "runtime.v1")?.messageType.pop(),
    "runtime.v1.",
  ],
  [
    "redaction",
    (set) => (message(set, "AuthConfig").field[1]!.options!.debugRedact = false),
    "runtime.v1.AuthConfig.password",
  ],
  [
    "a value of an enum",
    (set) =>
      (set.file
        .find((file) => file.package === "runtime.v1")!
        .enumType.find(({ name }) => name === "NamespaceMode")!.value[1]!.number = 7),
    "runtime.v1.NamespaceMode.CONTAINER",
  ],
  [
    "streaming",
    (set) => (set.file.find((file) => file.package === "runtime.v1")!.service[0]!.method[0]!.serverStreaming = true),
    "runtime.v1.RuntimeService.Version",
  ],
  [
    "a oneof",
    (set) => {
      const target = set.file
        .find((file) => file.package === "containerd.services.images.v1")!
        .messageType.find(({ name }) => name === "DeleteImageRequest")!;
      target.oneofDecl[0]!.name = "_other";
    },
    "containerd.services.images.v1.DeleteImageRequest.target",
  ],
];

test.each(changes)("a change of %s is noticed, where it is", (_what, change, where) => {
  const found = differences(facts, ours(change));
  expect(found.length).toBeGreaterThan(0);
  expect(found.some((difference) => difference.startsWith(where))).toBe(true);
});
