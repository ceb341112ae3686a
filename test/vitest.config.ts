import { defineConfig } from "vitest/config";

/**
 * Files that look at the machine as a whole: at its rules, its links, all labs, all names. While one of them runs, nothing
 * else may bring up a lab.
 */
export const wholeMachine: readonly string[] = [
  "test/runtime/lab.test.ts",
  "test/runtime/lab-crash.test.ts",
  "test/runtime/lab-neighbours.test.ts",
  "test/runtime/netns-name.test.ts",
  "test/cli/demo.test.ts",
  "test/cli/lab.test.ts",
];

/** What is waited for is mostly the runtime, so that more files run at once than there are cores. */
const labsAtOnce = 3;

const patient = { testTimeout: 60_000, hookTimeout: 120_000 };

/**
 * The projects, one a kind of proof. `runtime`, `cli` and `machine` talk to real runtimes; the files of the first two have
 * labs of their own and run a few at once, those of `machine` one after the other. `unit` needs nothing but Node.
 */
export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 30_000 } },
      { test: { name: "architecture", include: ["test/architecture.test.ts"] } },
      { test: { name: "package", include: ["test/package/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000 } },
      {
        test: {
          name: "runtime",
          include: ["test/runtime/**/*.test.ts"],
          exclude: [...wholeMachine],
          maxWorkers: labsAtOnce,
          sequence: { groupOrder: 1 },
          ...patient,
        },
      },
      {
        test: {
          name: "cli",
          include: ["test/cli/**/*.test.ts"],
          exclude: [...wholeMachine],
          maxWorkers: labsAtOnce,
          sequence: { groupOrder: 1 },
          ...patient,
        },
      },
      {
        test: {
          name: "machine",
          include: [...wholeMachine],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          ...patient,
        },
      },
    ],
  },
});
