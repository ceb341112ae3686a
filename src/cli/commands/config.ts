import { crictlKey, crictlKeys, crictlValue, valueOf, type CrictlKey } from "../../cri/crictl-config.ts";
import { NotFoundError, UsageError } from "../../errors.ts";
import { command } from "../command.ts";
import { table } from "../views/table.ts";
import { collect } from "../words.ts";

/** `crikit config`: crictl's configuration file. */
export const config = command({
  about: `The file is /etc/crictl.yaml, or what --config or CRI_CONFIG_FILE name. Reading makes no file and changes none. Its keys are ${crictlKeys.join(", ")}.`,
  examples: [
    "crikit config --list",
    "crikit config --get runtime-endpoint",
    "crikit config --set runtime-endpoint=unix:///run/containerd/containerd.sock,timeout=10",
    "crikit config debug true",
  ],
  words: (words) =>
    words
      .argument("[key]", "a key to be set, with its value behind it")
      .argument("[value]", "what to set it to")
      .option("--get <key>", "print a key's value")
      .option("--set <key=value,...>", "set keys; may be repeated", collect)
      .option("--list", "print every key"),
  complete: {
    key: async () => crictlKeys.map((value) => ({ value })),
    "--get": async () => crictlKeys.map((value) => ({ value })),
  },
  run: async ({ args: [key, value], options }, context) => {
    const { get, set, list } = options;
    const ways = [get !== undefined, set !== undefined, list === true, key !== undefined];
    if (ways.filter(Boolean).length !== 1) throw new UsageError("say one of --get, --set, --list, or KEY VALUE");
    if (key !== undefined && value === undefined)
      throw new UsageError(`what is '${key}' to be? write KEY VALUE, or --get KEY`);
    if (set !== undefined || key !== undefined) {
      const values = set === undefined ? pair(key ?? "", value ?? "") : pairs(set);
      const { writeCrictlConfig } = await import("../../cri/write-crictl-config.ts");
      await writeCrictlConfig(context.configPath, values);
      return { data: Object.fromEntries(values), view: () => "" };
    }
    const settings = await context.settings();
    if (get !== undefined) {
      const wanted = crictlKey(get, "--get");
      const found = valueOf(settings, wanted);
      if (found === undefined) {
        throw new NotFoundError(`${context.configPath} does not say '${wanted}'`, { hint: "set it with --set" });
      }
      return { data: { [wanted]: found }, view: () => String(found) };
    }
    const rows = crictlKeys.map((each) => ({ key: each, value: valueOf(settings, each) }));
    return {
      data: Object.fromEntries(rows.filter((row) => row.value !== undefined).map((row) => [row.key, row.value])),
      view: (_, { color }) =>
        table(
          [
            { head: "KEY", cell: (row) => row.key },
            { head: "VALUE", cell: (row) => String(row.value ?? "") },
          ],
          rows,
          { color },
        ),
    };
  },
});

function pairs(texts: readonly string[]): ReadonlyMap<CrictlKey, string | number | boolean> {
  const all = texts.flatMap((text) => text.split(","));
  return new Map(
    all.flatMap((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new UsageError(`--set: '${text}' is not key=value`);
      return [...pair(text.slice(0, at), text.slice(at + 1))];
    }),
  );
}

function pair(key: string, value: string): ReadonlyMap<CrictlKey, string | number | boolean> {
  const known = crictlKey(key, "--set");
  return new Map([[known, crictlValue(known, value)]]);
}
