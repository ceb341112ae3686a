import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { PodSandboxQuery } from "../inventory/list-pod-sandboxes.ts";
import { count, label, oneOf, pattern, type Labels } from "./words.ts";

/** What the words that choose pod sandboxes say. */
export type PodWords = {
  readonly id?: string | undefined;
  readonly name?: RegExp | undefined;
  readonly namespace?: RegExp | undefined;
  readonly state?: "ready" | "notready" | undefined;
  readonly label?: Labels | undefined;
  readonly latest?: boolean | undefined;
  readonly last?: number | undefined;
};

/** Adds the flags that choose pod sandboxes by what they are, as crictl has them. */
export function podWords<Args extends unknown[], Options extends OptionValues>(
  words: Command<Args, Options>,
): Command<Args, Options & PodWords> {
  return words
    .option("--id <id>", "the one with this id, or the start of it")
    .option("--name <regex>", "those whose name fits", pattern)
    .option("--namespace <regex>", "those whose Kubernetes namespace fits", pattern)
    .option("-s, --state <state>", "ready or notready", oneOf("ready", "notready"))
    .option("--label <key=value>", "those with this label; may be repeated", label)
    .option("-l, --latest", "the newest one alone")
    .option("-n, --last <count>", "so many of the newest", count) as unknown as Command<Args, Options & PodWords>;
}

/** The query that the words ask for. `undefined` when they say nothing. */
export function podQuery({ label: labels, ...words }: PodWords): PodSandboxQuery | undefined {
  const { id, name, namespace, state, latest, last } = words;
  const isNothing = [labels, id, name, namespace, state, latest, last].every((word) => word === undefined);
  return isNothing ? undefined : { id, name, namespace, state, latest, last, labels };
}
