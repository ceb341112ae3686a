import { stageOf, type EventKind, type Known, type RuntimeEvent } from "./runtime-event.ts";

/** Who a container or a sandbox is. */
export type Identity = Pick<Known, "id" | "isSandbox" | "labels" | "name" | "pod">;

/** How far a life is told of, and whether a list of the runtime has ever shown it. */
interface Life {
  readonly kind: EventKind;
  readonly isListed: boolean;
}

/** How far the life of each container and sandbox has been told of, and who each is. */
export class Told {
  readonly #lives = new Map<string, Life>();
  readonly #identities = new Map<string, Identity>();
  /** Those that were over at the last look, and not in its lists any more. */
  #over: ReadonlySet<string> = new Set();

  /** What is there when the watch begins: nothing of it is news. */
  begin(present: readonly Known[]): void {
    for (const each of present) {
      this.#lives.set(each.id, { kind: each.kind, isListed: true });
      this.introduce(each);
    }
  }

  /** Who somebody is, as far as anybody has said. */
  about(id: string): Identity | undefined {
    return this.#identities.get(id);
  }

  /** Notes who somebody is, which is no news of them. */
  introduce({ id, isSandbox, labels, name, pod }: Identity): void {
    if (name !== undefined) this.#identities.set(id, { id, isSandbox, labels, name, pod });
  }

  /** Whether an event is news: a life does not go back, and runtimes tell again what was told before. */
  isNews({ id, kind }: Pick<RuntimeEvent, "id" | "kind">): boolean {
    return stageOf[kind] > this.#stage(id);
  }

  /** Notes that an event has been told. */
  tell(event: RuntimeEvent): void {
    this.introduce(event);
    this.#lives.set(event.id, { kind: event.kind, isListed: this.#lives.get(event.id)?.isListed === true });
    if (event.kind === "deleted") this.#identities.delete(event.id);
  }

  /**
   * The events that the runtime's lists prove, and nobody has told of: in the order of a life, the new before the gone.
   *
   * @param nowNs nanoseconds since 1970, for those whose time nobody knows
   * @param isBehindGap whether the runtime was away since the last look: what it was making then, it makes no more
   */
  look(present: readonly Known[], nowNs: bigint, isBehindGap = false): readonly RuntimeEvent[] {
    const now = new Map(present.map((each) => [each.id, each]));
    const events = present.flatMap((each) => {
      const before = this.#stage(each.id);
      return lives
        .filter((kind) => stageOf[kind] > before && stageOf[kind] <= stageOf[each.kind])
        .map((kind) => eventOf(each, kind, kind === "created" ? each.createdAtNs : nowNs));
    });
    const gone: RuntimeEvent[] = [];
    for (const [id, { kind, isListed }] of this.#lives) {
      if (now.has(id)) this.#lives.set(id, { kind, isListed: true });
      // containerd tells of a pod that it makes seconds before its lists show it.
      else if (kind !== "deleted" && (isListed || isBehindGap)) gone.push(eventOf(this.#whoever(id), "deleted", nowNs));
    }
    this.#forget(now);
    return [...events, ...gone];
  }

  /** -1 for one that nobody has told of. */
  #stage(id: string): number {
    const life = this.#lives.get(id);
    return life === undefined ? -1 : stageOf[life.kind];
  }

  #whoever(id: string): Identity {
    return this.about(id) ?? { id, isSandbox: false, labels: {}, name: undefined, pod: undefined };
  }

  /**
   * Forgets what was over at the look before this one as well. Until then a list may still have it that was made before its
   * end was told, and its end may be told that such a list had shown.
   */
  #forget(present: ReadonlyMap<string, unknown>): void {
    const over = [...this.#lives].filter(([id, { kind }]) => kind === "deleted" && !present.has(id)).map(([id]) => id);
    for (const id of over) if (this.#over.has(id)) this.#lives.delete(id);
    this.#over = new Set(over);
  }
}

const lives: readonly EventKind[] = ["created", "started", "stopped"];

function eventOf({ id, isSandbox, labels, name, pod }: Identity, kind: EventKind, atNs: bigint): RuntimeEvent {
  return { id, isSandbox, labels, name, pod, kind, atNs, source: "look" };
}
