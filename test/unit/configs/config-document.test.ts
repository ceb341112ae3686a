import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configDocument } from "../../../src/configs/config-document.ts";
import type { ConfigKind } from "../../../src/configs/fields.ts";
import { configsFromWords } from "../../../src/configs/from-words.ts";
import { parseConfig } from "../../../src/configs/parse-config.ts";
import { starterConfig } from "../../../src/configs/starter-config.ts";
import { toYaml } from "../../../src/cli/views/yaml.ts";
import { ContainerConfig, PodSandboxConfig } from "../../../src/cri/messages.ts";
import { UsageError } from "../../../src/errors.ts";
import { configArbitrary } from "./config-arbitrary.ts";

const types = { pod: PodSandboxConfig, container: ContainerConfig };

describe.each(["pod", "container"] as const)("a %s's config as a file", (kind: ConfigKind) => {
  test("is read as the message it was made of, from JSON and from YAML", async () => {
    await fc.assert(
      fc.asyncProperty(configArbitrary(kind), async (config) => {
        const message = types[kind].fromPartial(config);
        for (const written of [config, message]) {
          const file = configDocument(kind, written);
          for (const text of [JSON.stringify(file), await toYaml(file)]) {
            expect(types[kind].fromPartial(await parseConfig({ name: "f", text }, kind)), text).toEqual(message);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test("to start from is one that the loader takes without a word", async () => {
    const warnings: string[] = [];
    const { text, document } = await starterConfig(kind, { name: "abc" });
    const options = { onWarning: (sentence: string) => warnings.push(sentence) };
    const config = await parseConfig({ name: "f", text }, kind, options);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({ metadata: { name: "abc" } });
    expect(await parseConfig({ name: "f", text: JSON.stringify(document) }, kind)).toEqual(config);
  });

  test("to start from shows nothing in its comments that the loader would not take", async () => {
    const { text } = await starterConfig(kind);
    // Sentences have a blank and a capital, a quote or a full stop; what can be switched on has neither.
    const switchedOn = text.replaceAll(/^( *)# ((?:- )?(?: *)[a-z_]+:.*|  [a-z_]+:.*)$/gmu, "$1$2");
    expect(switchedOn).not.toBe(text);
    await parseConfig({ name: "f", text: switchedOn }, kind);
  });
});

test("the image to start from stays a text, whatever it looks like", async () => {
  for (const image of [
    "a",
    "1",
    "1.10",
    "true",
    "yes",
    "null",
    "0x1",
    "a: b",
    "- a",
    "b # c",
    "localhost:5000/a@sha256:00",
    "a\nb",
  ]) {
    expect((await starterConfig("container", { image })).document).toMatchObject({ image: { image } });
  }
});

test.each([
  ["pod", { image: "x" }, "--image: a pod has no image, its containers have"],
  ["container", { image: " " }, "--image: the image has no name"],
  ["container", { name: "A" }, "--name: 'A' is not a name"],
] as const)("a %s to start from is refused with %j", async (kind, choice, why) => {
  await expect(starterConfig(kind, choice)).rejects.toThrow(UsageError);
  await expect(starterConfig(kind, choice)).rejects.toThrow(why);
});

test("what words make is a file too, and no value gets lost", async () => {
  const { pod, container } = configsFromWords({
    image: "busybox",
    env: ["A=ä=1", "B="],
    port: ["80"],
    mount: ["/a:/b:ro"],
    user: "0:0",
    memory: "64MiB",
    command: ["sh"],
  });
  expect(configDocument("pod", pod)).toMatchObject({
    port_mappings: [{ protocol: "TCP", container_port: 80, host_port: 80 }],
    linux: { security_context: { namespace_options: { network: "POD", pid: "CONTAINER", ipc: "POD" } } },
  });
  const file = configDocument("container", container);
  expect(file).toMatchObject({
    envs: [
      { key: "A", value: "ä=1" },
      { key: "B", value: "" },
    ],
    linux: { resources: { memory_limit_in_bytes: 67_108_864 }, security_context: { run_as_user: 0, run_as_group: 0 } },
  });
  expect(file).not.toHaveProperty("labels");
  expect(
    ContainerConfig.fromPartial(await parseConfig({ name: "f", text: JSON.stringify(file) }, "container")),
  ).toEqual(ContainerConfig.fromPartial(container));
});
