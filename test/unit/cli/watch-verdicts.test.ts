import { expect, test } from "vitest";
import { watchVerdicts } from "../../../src/cli/watch-verdicts.ts";
import type { Line } from "../../../src/cri/connect.ts";
import { ConnectionLostError, UnreachableError } from "../../../src/errors.ts";
import type { VerdictWord } from "../../../src/namespaces/verdict.ts";
import type { Verification } from "../../../src/namespaces/verify.ts";

const lost = new ConnectionLostError("the connection broke");

/** A runtime that tells no events. */
const silent = {
  runtime: {
    listPodSandbox: () => Promise.reject(new UnreachableError("socket-missing", "nobody is there")),
    listContainers: () => Promise.reject(new UnreachableError("socket-missing", "nobody is there")),
    getContainerEvents: () => Promise.reject(new UnreachableError("socket-missing", "nobody is there")),
  },
  caller: {},
} as unknown as Line;

function verification(verdict: VerdictWord): Verification {
  const pod = { id: "a", name: "a", namespace: "shop", verdict } as Verification["pods"][number];
  return { verdict, pods: [pod], findings: [] } as unknown as Verification;
}

function watching(answers: readonly (Verification | Error)[], endAt = "") {
  const notes: string[] = [];
  const end = new AbortController();
  const note = (text: string): void => {
    notes.push(text);
    if (endAt !== "" && text.startsWith(endAt)) end.abort();
  };
  const left = [...answers];
  const verify = async (): Promise<Verification> => {
    const answer = left.shift();
    if (answer === undefined || answer instanceof Error) throw answer ?? lost;
    return answer;
  };
  const context = { signal: end.signal, note, say: () => undefined };
  return { notes, end, ...watchVerdicts(verify, { line: silent, intervalMs: 1, context }) };
}

test("a runtime that goes away is waited for, told of once, and its pods are as they are when it is back", async () => {
  const { changes, verdict, notes, end } = watching([verification("holds"), lost, lost, verification("broken")]);
  const told: unknown[] = [];
  for await (const change of changes) {
    told.push(change.pods.map((pod) => [pod.name, pod.verdict, "before" in pod ? pod.before : undefined]));
    if (told.length === 2) break;
  }
  end.abort();
  expect(told).toEqual([[["a", "holds", undefined]], [["a", "broken", "holds"]]]);
  expect(notes.filter((note) => note.startsWith("could not verify"))).toEqual([
    "could not verify: the connection broke; trying again",
  ]);
  expect(verdict()).toBe("broken");
});

test("while it is away nothing is measured; one that is not there to begin with is a failure", async () => {
  const away = watching([verification("holds")], "could not verify");
  for await (const _ of away.changes) continue;
  expect(away.verdict()).toBe("unmeasured");
  const never = watching([lost]);
  await expect(never.changes[Symbol.asyncIterator]().next()).rejects.toBe(lost);
  never.end.abort();
});
