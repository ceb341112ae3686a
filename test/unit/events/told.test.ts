import { expect, test } from "vitest";
import { EventQueue } from "../../../src/events/event-queue.ts";
import { Told } from "../../../src/events/inventory-diff.ts";
import type { EventKind, Known, RuntimeEvent } from "../../../src/events/runtime-event.ts";

const known = (id: string, kind: EventKind): Known => ({
  id,
  kind,
  isSandbox: false,
  name: `name of ${id}`,
  labels: {},
  pod: undefined,
  createdAtNs: 1n,
});
const event = (id: string, kind: EventKind): RuntimeEvent => ({
  id,
  kind,
  atNs: 5n,
  isSandbox: false,
  labels: {},
  source: "cri",
});
const short = (events: readonly RuntimeEvent[]) => events.map(({ id, kind, atNs }) => `${id} ${kind} ${atNs}`);

test("what was there before is no news, and neither is what runtimes tell again", () => {
  const told = new Told();
  told.begin([known("a", "started")]);
  expect(told.look([known("a", "started")], 9n)).toEqual([]);
  expect(told.isNews(event("a", "created"))).toBe(false);
  expect(told.isNews(event("a", "started"))).toBe(false);
  expect(told.isNews(event("a", "stopped"))).toBe(true);
  told.tell(event("a", "stopped"));
  expect(told.isNews(event("a", "stopped"))).toBe(false);
});

test("a look makes up for all that was missed, each once, the new before the gone", () => {
  const told = new Told();
  told.begin([known("old", "started"), known("gone", "stopped"), known("same", "stopped")]);
  const present = [known("old", "stopped"), known("same", "stopped"), known("new", "stopped")];
  const missed = told.look(present, 9n);
  expect(short(missed)).toEqual(["old stopped 9", "new created 1", "new started 9", "new stopped 9", "gone deleted 9"]);
  expect(missed.every(({ source, name }) => source === "look" && name !== undefined)).toBe(true);
  for (const each of missed) told.tell(each);
  expect(told.look(present, 10n)).toEqual([]);
});

test("a container that is only known by name is news still", () => {
  const told = new Told();
  told.introduce(known("a", "started"));
  expect(told.about("a")?.name).toBe("name of a");
  expect(told.isNews(event("a", "created"))).toBe(true);
});

test("an event without a name does not take the name away, and the end does", () => {
  const told = new Told();
  told.begin([known("a", "started")]);
  told.tell(event("a", "stopped"));
  expect(told.about("a")?.name).toBe("name of a");
  told.tell(event("a", "deleted"));
  expect(told.about("a")).toBeUndefined();
});

test("what a list does not show yet is not gone; behind a gap it is, and what a list has shown is always", () => {
  const told = new Told();
  told.begin([]);
  told.tell(event("making", "created"));
  told.tell(event("making", "started"));
  expect(told.look([], 9n)).toEqual([]);
  expect(short(told.look([], 9n, true))).toEqual(["making deleted 9"]);
  expect(told.look([known("making", "started")], 9n)).toEqual([]);
  expect(short(told.look([], 9n))).toEqual(["making deleted 9"]);
});

test("an end is told once, by whomever, and a list that still shows what is over makes no new life of it", () => {
  const told = new Told();
  told.begin([known("a", "started"), known("b", "started")]);
  told.tell(event("a", "deleted"));
  expect(told.look([known("a", "started"), known("b", "started")], 9n)).toEqual([]);
  const [gone] = told.look([], 9n);
  told.tell(gone!);
  expect(gone).toMatchObject({ id: "b", kind: "deleted", name: "name of b" });
  for (const id of ["a", "b"]) expect(told.isNews(event(id, "deleted"))).toBe(false);
  // Nothing is kept for ever: two looks later nobody tells of them any more.
  told.look([], 10n);
  told.look([], 11n);
  expect(told.isNews(event("a", "deleted"))).toBe(true);
});

test("a queue gives what was put in before it failed", async () => {
  const queue = new EventQueue<number>();
  queue.push(1);
  queue.push(2);
  queue.fail(new Error("broken"));
  const taken: number[] = [];
  await expect(
    (async () => {
      for await (const item of queue.take()) taken.push(item);
    })(),
  ).rejects.toThrow("broken");
  expect(taken).toEqual([1, 2]);
});
