import { unusedImages } from "../../images/unused-images.ts";
import { UsageError } from "../../errors.ts";
import { leftoverContainers, leftoverPods, type LeftoverQuery } from "../../inventory/leftovers.ts";
import { removeContainer } from "../../sandbox/remove-container.ts";
import { removePodSandbox } from "../../sandbox/remove-pod-sandbox.ts";
import { unlessGone } from "../../sandbox/unless-gone.ts";
import { bulkFormats, inTheOrderTheyEnd } from "../bulk.ts";
import { command } from "../command.ts";
import type { Context, RuntimeLine } from "../context.ts";
import type { Flow } from "../outcome.ts";
import { humanSize } from "../views/human.ts";
import { printable } from "../views/printable.ts";
import { duration, label, oneOf } from "../words.ts";

/** Something that nobody needs. */
interface Leftover {
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
  /** Bytes, of an image. */
  readonly size?: bigint;
  /** Ids of what goes with a pod. */
  readonly containers?: readonly string[];
  readonly dryRun?: true;
}

const kinds = ["containers", "pods", "images"] as const;
type Kind = (typeof kinds)[number];

/** `crikit prune`: removes what nobody needs. */
export const prune = command({
  about:
    "Containers that have exited, with their logs; pods that are not ready, with what is in them; images that no container uses. Those kinds alone that are named. Never what runs, is ready or is pinned. On a Kubernetes node kubelet collects them itself: it keeps some for their logs.",
  examples: ["crikit prune --dry-run", "crikit prune containers pods --older-than 1h", "crikit prune images"],
  formats: bulkFormats,
  words: (words) =>
    words
      .argument("[kind...]", "containers, pods, images; all three when none is named", eachOf)
      .option("--label <key=value>", "containers and pods with this label alone; may be repeated", label)
      .option("--older-than <duration>", "containers and pods made before so long ago", duration)
      .option("--dry-run", "say what would be removed, and remove nothing"),
  run: async ({ args: [named], options }, context) => {
    const { olderThan, dryRun = false } = options;
    const narrowed = options.label !== undefined || olderThan !== undefined;
    const chosen = kindsOf(named, narrowed);
    const line = await context.connect();
    const query: LeftoverQuery = {
      labels: options.label,
      before: olderThan === undefined ? undefined : BigInt(Date.now() - olderThan) * 1_000_000n,
    };
    const failures: unknown[] = [];
    const removed: Leftover[] = [];
    const items = async function* (): AsyncGenerator<Leftover> {
      const gone = new Set<string>();
      // One kind after the other: a container that is gone no longer needs its image.
      for (const kind of kinds.filter((each) => chosen.has(each))) {
        const targets = await leftovers[kind].find({ line, query, gone, note: context.note });
        const work = async (leftover: Leftover): Promise<Leftover> => {
          if (dryRun) return { ...leftover, dryRun };
          // What somebody else has removed since is gone as well.
          await unlessGone(leftovers[kind].remove(line, leftover.id));
          return leftover;
        };
        for await (const one of inTheOrderTheyEnd({ targets, context, doing: `pruning ${kind}`, work }, failures)) {
          for (const id of [one.id, ...(one.containers ?? [])]) gone.add(id);
          removed.push(one);
          yield one;
        }
      }
      const bytes = removed.reduce((sum, { size = 0n }) => sum + size, 0n);
      if (removed.length === 0 && failures.length === 0) context.note("there is nothing to remove");
      else if (bytes > 0n) context.note(`${humanSize(bytes)} of images${dryRun ? " would be removed" : ""}`);
    };
    if (context.format === "text" || context.format === "jsonl") {
      return { items: items(), view: leftoverView, failures: () => failures } satisfies Flow<Leftover> as Flow<unknown>;
    }
    for await (const _ of items()) continue;
    return { data: removed, view: () => "", failures };
  },
});

/** @param narrowed whether a label or an age is asked for, which images have not */
function kindsOf(named: readonly Kind[], narrowed: boolean): ReadonlySet<Kind> {
  if (narrowed && named.includes("images")) {
    throw new UsageError("images have no label and no age: prune them without either");
  }
  if (named.length > 0) return new Set(named);
  return new Set(narrowed ? (["containers", "pods"] as const) : kinds);
}

/** What leftovers are looked for with. */
interface Search {
  readonly line: RuntimeLine;
  readonly query: LeftoverQuery;
  /** Ids of what is removed already, or would be. */
  readonly gone: ReadonlySet<string>;
  readonly note: Context["note"];
}

/** How each kind of leftover is found and removed. */
const leftovers: Readonly<
  Record<
    Kind,
    {
      readonly find: (search: Search) => Promise<readonly Leftover[]>;
      readonly remove: (line: RuntimeLine, id: string) => Promise<unknown>;
    }
  >
> = {
  containers: {
    find: async ({ line, query }) => {
      const found = await leftoverContainers(line, query, line.call);
      return found.map(({ id, metadata }) => ({ kind: "containers", id, name: metadata?.name ?? "" }));
    },
    remove: (line, id) => removeContainer(line, id, line.call),
  },
  pods: {
    find: async ({ line, query, gone, note }) => {
      const { unneeded, alive } = await leftoverPods(line, query, line.call);
      const called = ({ metadata }: (typeof alive)[number]["pod"]): string =>
        `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
      for (const { pod } of alive) {
        note(`pod ${called(pod)} (${pod.id}) is not ready, and stays: a container of it runs, or may`);
      }
      return unneeded.map(({ pod, containers }) => {
        const inside = containers.map(({ id }) => id).filter((id) => !gone.has(id));
        return { kind: "pods", id: pod.id, name: called(pod), ...(inside.length > 0 ? { containers: inside } : {}) };
      });
    },
    remove: (line, id) => removePodSandbox(line, { id }, line.call),
  },
  images: {
    find: async ({ line, gone }) => {
      const found = await unusedImages(line, { ...line.call, without: gone });
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

function leftoverView({ kind, id, name, containers = [], dryRun }: Leftover): string {
  const inside = containers.length === 0 ? "" : `, with ${containers.length} of its containers`;
  return `${dryRun === true ? "would remove" : "removed"} ${singular[kind]} ${printable(name)} (${printable(id)})${inside}`;
}

function eachOf(text: string, previous: readonly Kind[] | undefined): readonly Kind[] {
  return [...(previous ?? []), oneOf(...kinds)(text)];
}
