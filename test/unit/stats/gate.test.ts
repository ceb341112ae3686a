import { expect, test } from "vitest";
import { createGate } from "../../../src/stats/gate.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("no more works than it is wide run at once, and all of them run", async () => {
  const gate = createGate(3);
  let [running, most, done] = [0, 0, 0];
  const work = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await turn();
    running--;
    done++;
  };
  await Promise.all(Array.from({ length: 20 }, () => gate.pass(work)));
  expect({ running, most, done }).toEqual({ running: 0, most: 3, done: 20 });
});

test("what is urgent goes before what has waited longer", async () => {
  const gate = createGate(1);
  const order: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    order.push(name);
    await turn();
  };
  await Promise.all([gate.pass(work("first")), gate.pass(work("second")), gate.pass(work("urgent"), { urgent: true })]);
  expect(order).toEqual(["first", "urgent", "second"]);
});

test("a work that fails leaves its room to the next", async () => {
  const gate = createGate(1);
  await expect(gate.pass(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await gate.pass(async () => "yes")).toBe("yes");
});
