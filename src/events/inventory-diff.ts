import { stageOf, type EventKind, type Known, type RuntimeEvent } from "./runtime-event.ts";

/** Who a container or a sandbox is. */
export type Identity = Pick<Known, "id" | "isSandbox" | "labels" | "name" | "pod">;

/** How far the life of each container and sandbox has been told of, and who each is. */
export class Told {
  readonly #stages = new Map<string, EventKind>();
  readonly #identities = new Map<string, Identity>();

  /** What is there when the watch begins: nothing of it is news. */
  begin(present: readonly Known[]): void {
    for (const each of present) {
      this.#stages.set(each.id, each.kind);
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
    const before = this.#stages.get(id);
    return before === undefined || stageOf[kind] > stageOf[before];
  }

  /** Notes that an event has been told. */
  tell(event: RuntimeEvent): void {
    this.introduce(event);
    if (event.kind !== "deleted") {
      this.#stages.set(event.id, event.kind);
      return;
    }
    this.#stages.delete(event.id);
    this.#identities.delete(event.id);
  }

  /**
   * The events that what is there now proves, and nobody has told of: in the order of a life, the new before the gone.
   *
   * @param nowNs nanoseconds since 1970, for those whose time nobody knows
   */
  missed(present: readonly Known[], nowNs: bigint): readonly RuntimeEvent[] {
    const now = new Map(present.map((each) => [each.id, each]));
    const events = present.flatMap((each) => {
      const before = this.#stages.get(each.id);
      const since = before === undefined ? -1 : stageOf[before];
      return lives
        .filter((kind) => stageOf[kind] > since && stageOf[kind] <= stageOf[each.kind])
        .map((kind) => eventOf(each, kind, kind === "created" ? each.createdAtNs : nowNs));
    });
    const gone = [...this.#stages.keys()]
      .filter((id) => !now.has(id))
      .map((id) =>
        eventOf(
          this.about(id) ?? { id, isSandbox: false, labels: {}, name: undefined, pod: undefined },
          "deleted",
          nowNs,
        ),
      );
    return [...events, ...gone];
  }
}

const lives: readonly EventKind[] = ["created", "started", "stopped"];

function eventOf({ id, isSandbox, labels, name, pod }: Identity, kind: EventKind, atNs: bigint): RuntimeEvent {
  return { id, isSandbox, labels, name, pod, kind, atNs, source: "look" };
}
