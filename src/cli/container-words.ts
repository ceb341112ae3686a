import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { ContainerQuery, ContainerStateWord } from "../inventory/list-containers.ts";
import { count, label, oneOf, pattern, type Labels } from "./words.ts";

/** What the words that choose containers say. */
export type ContainerWords = {
  readonly all?: boolean | undefined;
  readonly id?: string | undefined;
  readonly name?: RegExp | undefined;
  readonly namespace?: RegExp | undefined;
  readonly pod?: string | undefined;
  readonly image?: string | undefined;
  readonly state?: ContainerStateWord | undefined;
  readonly label?: Labels | undefined;
  readonly latest?: boolean | undefined;
  readonly last?: number | undefined;
};

/** Adds the flags that choose containers by what they are, as crictl has them, but `--id`. */
export function containerWords<Args extends unknown[], Options extends OptionValues>(
  words: Command<Args, Options>,
): Command<Args, Options & ContainerWords> {
  return words
    .option("-a, --all", "those that do not run as well")
    .option("--name <regex>", "those whose name fits", pattern)
    .option("--namespace <regex>", "those in pods whose Kubernetes namespace fits", pattern)
    .option("-p, --pod <pod>", "those of this pod: its id, the start of it, or its name")
    .option("--image <image>", "those made from this image: any name or id of it")
    .option(
      "-s, --state <state>",
      "created, running, exited or unknown",
      oneOf("created", "running", "exited", "unknown"),
    )
    .option("--label <key=value>", "those with this label; may be repeated", label)
    .option("-l, --latest", "the newest one alone, in whatever state")
    .option("-n, --last <count>", "so many of the newest, in whatever state", count) as unknown as Command<
    Args,
    Options & ContainerWords
  >;
}

/** The query that the words ask for: running ones alone unless they say otherwise. `undefined` when they say nothing. */
export function containerQuery({ all, label: labels, ...words }: ContainerWords): ContainerQuery | undefined {
  const { id, name, namespace, pod, image, state, latest, last } = words;
  const isNothing = [all, labels, id, name, namespace, pod, image, state, latest, last].every(
    (word) => word === undefined,
  );
  if (isNothing) return undefined;
  const inAnyState = all === true || latest === true || last !== undefined;
  return {
    id,
    name,
    namespace,
    pod,
    image,
    latest,
    last,
    labels,
    state: state ?? (inAnyState ? undefined : "running"),
  };
}
