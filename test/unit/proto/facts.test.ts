import { readFileSync } from "node:fs";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  type FileDescriptorProto,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { differences, type FactPackage, type Wire, wireOfDescriptors, wireOfFacts } from "./compare-with-facts.ts";
import { compiledProtos } from "./compiled-protos.ts";

/** Facts of services that crikit does not use. */
const notShipped = new Set([
  "containerd.services.transfer.v1",
  "containerd.services.streaming.v1",
  "containerd.types.transfer",
]);

/** Packages of ours that are Google's: their wire is not among the facts. */
const googles = new Set(["google.protobuf", "google.rpc"]);

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

function ours(change: (set: FileDescriptorSet) => void = () => undefined): Wire {
  const set = compiledProtos();
  change(set);
  // Through bytes again: what a changed set says on the wire, not in memory.
  const again = fromBinary(FileDescriptorSetSchema, toBinary(FileDescriptorSetSchema, set));
  return wireOfDescriptors(again, (name) => !googles.has(name));
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

test("what is not shipped is named here, and is not in our protos", () => {
  const shipped = new Set(compiledProtos().file.map((file) => file.package));
  expect([...notShipped].filter((name) => shipped.has(name) || !Object.hasOwn(everyFact, name))).toEqual([]);
});

function file(set: FileDescriptorSet, name: string): FileDescriptorProto {
  return set.file.find((one) => one.package === name)!;
}

function message(set: FileDescriptorSet, name: string): DescriptorProto {
  return file(set, "runtime.v1").messageType.find((one) => one.name === name)!;
}

function field(set: FileDescriptorSet, name: string, of: string) {
  return message(set, name).field.find((one) => one.name === of)!;
}

function rpc(set: FileDescriptorSet, service: string, name: string) {
  return file(set, "runtime.v1")
    .service.find((one) => one.name === service)!
    .method.find((one) => one.name === name)!;
}

const changes: readonly [what: string, change: (set: FileDescriptorSet) => void, found: readonly string[]][] = [
  ["a number", (set) => (field(set, "Mount", "readonly").number = 99), ["runtime.v1.Mount.readonly: 3 bool | 99 bool"]],
  [
    "a type",
    (set) => (field(set, "Mount", "host_path").type = Type.BYTES),
    ["runtime.v1.Mount.host_path: 2 string | 2 bytes"],
  ],
  [
    "a type that is the same size on the wire",
    (set) => (field(set, "PodSandbox", "created_at").type = Type.UINT64),
    ["runtime.v1.PodSandbox.created_at: 4 int64 | 4 uint64"],
  ],
  [
    "the message that a field holds",
    (set) => (field(set, "PodSandboxConfig", "metadata").typeName = ".runtime.v1.Mount"),
    ["runtime.v1.PodSandboxConfig.metadata: 1 runtime.v1.PodSandboxMetadata | 1 runtime.v1.Mount"],
  ],
  [
    "a label",
    (set) => (field(set, "Mount", "image_sub_path").label = Label.REPEATED),
    ["runtime.v1.Mount.image_sub_path: 10 string | 10 repeated string"],
  ],
  [
    "a map's values",
    (set) => (message(set, "PodSandbox").nestedType[0]!.field[1]!.type = Type.BYTES),
    ["runtime.v1.PodSandbox.labels: 5 map<string, string> | 5 map<string, bytes>"],
  ],
  [
    "a name",
    (set) => (field(set, "Mount", "host_path").name = "hostpath"),
    ["runtime.v1.Mount.host_path: 2 string | not in ours", "runtime.v1.Mount.hostpath: not in the facts | 2 string"],
  ],
  [
    "a field that is missing",
    (set) => message(set, "Mount").field.pop(),
    ["runtime.v1.Mount.mount_options: 11 repeated string | not in ours"],
  ],
  [
    "a field that is too many",
    (set) => message(set, "Mount").field.push({ ...field(set, "Mount", "host_path"), name: "extra", number: 12 }),
    ["runtime.v1.Mount.extra: not in the facts | 12 string"],
  ],
  [
    "a message that is missing",
    (set) => {
      const { messageType } = file(set, "runtime.v1");
      messageType.splice(messageType.indexOf(message(set, "VersionRequest")), 1);
    },
    ["runtime.v1.VersionRequest: message | not in ours", "runtime.v1.VersionRequest.version: 1 string | not in ours"],
  ],
  [
    "a oneof",
    (set) =>
      (file(set, "containerd.services.images.v1").messageType.find(
        ({ name }) => name === "DeleteImageRequest",
      )!.oneofDecl[0]!.name = "_other"),
    [
      "containerd.services.images.v1.DeleteImageRequest.target: 3 containerd.types.Descriptor oneof _target | " +
        "3 containerd.types.Descriptor oneof _other",
    ],
  ],
  [
    "a deprecation",
    (set) => (field(set, "LinuxSandboxSecurityContext", "seccomp_profile_path").options!.deprecated = false),
    ["runtime.v1.LinuxSandboxSecurityContext.seccomp_profile_path: 7 string deprecated | 7 string"],
  ],
  [
    "what has to be redacted",
    (set) => (field(set, "AuthConfig", "password").options!.debugRedact = false),
    ["runtime.v1.AuthConfig.password: 2 string redact | 2 string"],
  ],
  [
    "a value of an enum",
    (set) =>
      (file(set, "runtime.v1")
        .enumType.find(({ name }) => name === "NamespaceMode")!
        .value.find(({ name }) => name === "CONTAINER")!.number = 7),
    ["runtime.v1.NamespaceMode.CONTAINER: = 1 | = 7"],
  ],
  [
    "a service that is missing",
    (set) => file(set, "containerd.services.version.v1").service.pop(),
    [
      "containerd.services.version.v1.Version.Version: " +
        "rpc google.protobuf.Empty -> containerd.services.version.v1.VersionResponse | not in ours",
    ],
  ],
  [
    "what an RPC takes",
    (set) => (rpc(set, "RuntimeService", "Version").inputType = ".runtime.v1.StatusRequest"),
    [
      "runtime.v1.RuntimeService.Version: rpc runtime.v1.VersionRequest -> runtime.v1.VersionResponse | " +
        "rpc runtime.v1.StatusRequest -> runtime.v1.VersionResponse",
    ],
  ],
  [
    "streaming",
    (set) => (rpc(set, "RuntimeService", "GetContainerEvents").serverStreaming = false),
    [
      "runtime.v1.RuntimeService.GetContainerEvents: " +
        "rpc runtime.v1.GetEventsRequest -> stream runtime.v1.ContainerEventResponse | " +
        "rpc runtime.v1.GetEventsRequest -> runtime.v1.ContainerEventResponse",
    ],
  ],
  [
    "a package that the facts do not have",
    (set) => (file(set, "google.rpc").package = "other"),
    [
      "other.Status: not in the facts | message",
      "other.Status.code: not in the facts | 1 int32",
      "other.Status.message: not in the facts | 2 string",
      "other.Status.details: not in the facts | 3 repeated google.protobuf.Any",
    ],
  ],
];

test.each(changes)("a change of %s is told, and nothing else", (_what, change, found) => {
  expect(differences(facts, ours(change))).toEqual(found);
});
