import { expect, test } from "vitest";
import {
  ContainerStatsResponse,
  ListContainersResponse,
  NamespaceOption,
  PodSandbox,
  PodSandboxStatusResponse,
} from "../../../src/cri/messages.ts";
import { toProtoJson } from "../../../src/cri/protojson.ts";

test("an empty list is there, as crictl prints it", () => {
  expect(toProtoJson(ListContainersResponse, ListContainersResponse.fromPartial({}))).toEqual({ containers: [] });
});

test("zero values, empty maps and names of enums are there; messages that are not set are not", () => {
  expect(toProtoJson(PodSandbox, PodSandbox.fromPartial({ id: "a", createdAt: 9_007_199_254_740_993n }))).toEqual({
    id: "a",
    state: "SANDBOX_READY",
    createdAt: "9007199254740993",
    labels: {},
    annotations: {},
    runtimeHandler: "",
  });
});

test("an enum value newer than the stubs stays its number", () => {
  const bytes = NamespaceOption.encode(NamespaceOption.fromPartial({ pid: 77 as never })).finish();
  expect(toProtoJson(NamespaceOption, NamespaceOption.decode(bytes))).toMatchObject({ pid: 77, network: "POD" });
});

test("fields that are newer than the stubs are kept when a message is written again", () => {
  const bytes = Buffer.concat([
    PodSandbox.encode(PodSandbox.fromPartial({ id: "a" })).finish(),
    Buffer.from([0xf8, 0x07, 42]),
  ]);
  const read = PodSandbox.decode(bytes);
  expect(Buffer.from(PodSandbox.encode(read).finish()).includes(Buffer.from([0xf8, 0x07, 42]))).toBe(true);
  expect(JSON.stringify(toProtoJson(PodSandbox, read))).not.toContain("unknown");
});

test("what is inside lists and messages is as complete as what is outside", () => {
  const message = PodSandboxStatusResponse.fromPartial({
    status: { id: "a", network: { additionalIps: [{ ip: "::1" }] } },
    info: { a: "b" },
    containersStatuses: [{ id: "c" }],
  });
  expect(toProtoJson(PodSandboxStatusResponse, message)).toMatchObject({
    status: { network: { ip: "", additionalIps: [{ ip: "::1" }] }, labels: {} },
    info: { a: "b" },
    containersStatuses: [{ id: "c", mounts: [], labels: {}, exitCode: 0 }],
    timestamp: "0",
  });
  const stats = ContainerStatsResponse.fromPartial({ stats: { cpu: { usageNanoCores: { value: 2n ** 64n - 1n } } } });
  expect(toProtoJson(ContainerStatsResponse, stats)).toMatchObject({
    stats: { cpu: { usageNanoCores: { value: "18446744073709551615" } } },
  });
});
