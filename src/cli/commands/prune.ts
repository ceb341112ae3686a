import { unusedImages } from "../../images/unused-images.ts";
import { listContainers } from "../../inventory/list-containers.ts";
import { listPodSandboxes } from "../../inventory/list-pod-sandboxes.ts";
import { removeContainer } from "../../sandbox/remove-container.ts";
import { removePodSandbox } from "../../sandbox/remove-pod-sandbox.ts";
import { bulkFormats, inTheOrderTheyEnd } from "../bulk.ts";
import { command } from "../command.ts";
import type { RuntimeLine } from "../context.ts";
import type { Flow } from "../outcome.ts";
import { humanSize } from "../views/human.ts";
import { printable } from "../views/printable.ts";
import { duration, label, oneOf, type Labels } from "../words.ts";

/** Something that nobody needs. */
interface Leftover {
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
  /** Bytes, of an image. */
  readonly size?: bigint;
  readonly dryRun?: true;
}

const kinds = ["containers", "pods", "images"] as const;
type Kind = (typeof kinds)[number];

/** Which leftovers. */
interface Choice {
  readonly labels: Labels | undefined;
  /** Made before this point in time, nanoseconds since 1970. */
  readonly before: bigint | undefined;
}

/** `crikit prune`: removes what nobody needs. */
export const prune = command({
  about:
    "Containers that have exited, pods that are not ready, and images that no container uses; those kinds alone that are named. Never what runs, is ready or is pinned. On a Kubernetes node kubelet collects them itself: it keeps some for their logs. Images have no labels and no age: with --label or --older-than none is removed.",
  examples: ["crikit prune --dry-run", "crikit prune containers pods --older-than 1h", "crikit prune images"],
  formats: bulkFormats,
  words: (words) =>
    words
      .argument("[kind...]", "containers, pods, images; all three when none is named", eachOf)
      .option("--label <key=value>", "those with this label alone; may be repeated", label)
      .option("--older-than <duration>", "those made before so long ago", duration)
      .option("--dry-run", "say what would be removed, and remove nothing"),
  run: async ({ args: [named], options }, context) => {
    const line = await context.connect();
    const { olderThan, dryRun = false } = options;
    const choice: Choice = {
      labels: options.label,
      before: olderThan === undefined ? undefined : BigInt(Date.now() - olderThan) * 1_000_000n,
    };
    const failures: unknown[] = [];
    const chosen = named === undefined || named.length === 0 ? kinds : named;
    const removed: Leftover[] = [];
    const items = async function* (): AsyncGenerator<Leftover> {
      // One kind after the other: a container that is gone no longer needs its image.
      for (const kind of kinds.filter((each) => chosen.includes(each))) {
        const targets = await leftovers[kind].find(line, choice);
        const work = async (leftover: Leftover): Promise<Leftover> => {
          if (dryRun) return { ...leftover, dryRun };
          await leftovers[kind].remove(line, leftover.id);
          return leftover;
        };
        for await (const one of inTheOrderTheyEnd({ targets, context, doing: `pruning ${kind}`, work }, failures)) {
          removed.push(one);
          yield one;
        }
      }
      const bytes = removed.reduce((sum, { size = 0n }) => sum + size, 0n);
      if (removed.length === 0) context.note("there is nothing to remove");
      else if (bytes > 0n) context.note(`${humanSize(bytes)} of images${dryRun ? " would be removed" : ""}`);
    };
    if (context.format === "text" || context.format === "jsonl") {
      return { items: items(), view: leftoverView, failures: () => failures } satisfies Flow<Leftover> as Flow<unknown>;
    }
    for await (const _ of items()) continue;
    return { data: removed, view: () => "", failures };
  },
});

/** How each kind of leftover is found and removed. */
const leftovers: Readonly<
  Record<
    Kind,
    {
      readonly find: (line: RuntimeLine, choice: Choice) => Promise<readonly Leftover[]>;
      readonly remove: (line: RuntimeLine, id: string) => Promise<unknown>;
    }
  >
> = {
  containers: {
    find: async (line, { labels, before }) => {
      const found = await listContainers(line, { state: "exited", labels }, line.call);
      return found
        .filter(({ createdAt }) => before === undefined || createdAt < before)
        .map(({ id, metadata }) => ({ kind: "containers", id, name: metadata?.name ?? "" }));
    },
    remove: (line, id) => removeContainer(line, id, line.call),
  },
  pods: {
    find: async ({ runtime, call }, { labels, before }) => {
      const found = await listPodSandboxes(runtime, { state: "notready", labels }, call);
      return found
        .filter(({ createdAt }) => before === undefined || createdAt < before)
        .map(({ id, metadata }) => ({
          kind: "pods",
          id,
          name: `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`,
        }));
    },
    remove: (line, id) => removePodSandbox(line, { id }, line.call),
  },
  images: {
    find: async (line, { labels, before }) => {
      if (labels !== undefined || before !== undefined) return [];
      const found = await unusedImages(line, line.call);
      return found.map(({ id, repoTags, repoDigests, size }) => ({
        kind: "images",
        id,
        name: repoTags[0] ?? repoDigests[0] ?? id,
        size,
      }));
    },
    remove: ({ image, call }, id) => image.removeImage({ image: { image: id } }, call),
  },
};

const singular: Readonly<Record<Kind, string>> = { containers: "container", pods: "pod", images: "image" };

function leftoverView({ kind, id, name, dryRun }: Leftover): string {
  return `${dryRun === true ? "would remove" : "removed"} ${singular[kind]} ${printable(name)} (${printable(id)})`;
}

function eachOf(text: string, previous: readonly Kind[] | undefined): readonly Kind[] {
  return [...(previous ?? []), oneOf(...kinds)(text)];
}
