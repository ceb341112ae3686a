import { expect, test } from "vitest";
import { RuntimeFailedError } from "../../../src/errors.ts";
import { onceSettled } from "../../../src/sandbox/once-settled.ts";

function refusal(answer: string): RuntimeFailedError {
  return new RuntimeFailedError(answer, { status: "UNKNOWN", answer });
}

test("what the runtime is still starting is tried again, anything else is told at once", async () => {
  let calls = 0;
  await onceSettled(async () => {
    if (++calls < 3) throw refusal('failed to set removing state for container "c": container is in starting state');
  });
  expect(calls).toBe(3);
  calls = 0;
  await onceSettled(async () => {
    if (++calls < 2) throw refusal('failed to stop container "c": failed to kill container "c": ttrpc: closed');
  });
  expect(calls).toBe(2);
  calls = 0;
  const full = onceSettled(async () => {
    calls++;
    throw refusal("the disk is full");
  });
  await expect(full).rejects.toThrow("the disk is full");
  expect(calls).toBe(1);
});
