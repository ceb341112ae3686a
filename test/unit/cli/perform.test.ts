import { describe, expect, test } from "vitest";
import type { Format, Outcome } from "../../../src/cli/outcome.ts";
import { perform } from "../../../src/cli/perform.ts";
import { createProgress } from "../../../src/cli/views/progress.ts";
import { CancelledError, NotFoundError, UsageError } from "../../../src/errors.ts";
import { fakeIo, fakeSink, type FakeIo } from "./fake-io.ts";

const pod = { name: "web", ino: 4_026_532_281n };
const view = (data: typeof pod): string => `pod ${data.name}`;

interface How {
  readonly format?: Format;
  readonly io?: FakeIo;
  readonly failureExitCode?: number;
}

async function performed<Data>(
  body: () => Promise<Outcome<Data>>,
  { format = "table", io = fakeIo(), failureExitCode }: How = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const progress = createProgress(io.stderr, { plain: false });
  const code = await perform(body, { io, format, progress, debug: false, title: "crikit pods", failureExitCode });
  return { code, stdout: io.stdout.text(), stderr: io.stderr.text() };
}

describe("what a command found", () => {
  test("is printed as its view, with a line break", async () => {
    expect(await performed(async () => ({ data: pod, view }))).toEqual({ code: 0, stdout: "pod web\n", stderr: "" });
  });

  test("is itself under json, jsonl and yaml", async () => {
    const body = async () => ({ data: pod, view });
    expect((await performed(body, { format: "json" })).stdout).toBe('{\n  "name": "web",\n  "ino": "4026532281"\n}\n');
    expect((await performed(body, { format: "jsonl" })).stdout).toBe('{"name":"web","ino":"4026532281"}\n');
    expect((await performed(body, { format: "yaml" })).stdout).toBe('name: web\nino: "4026532281"\n');
  });

  test("has its own view for markdown, if it has one", async () => {
    const body = async () => ({ data: pod, view, views: { markdown: () => "# web" } });
    expect((await performed(body, { format: "markdown" })).stdout).toBe("# web\n");
    expect((await performed(async () => ({ data: pod, view }), { format: "markdown" })).stdout).toBe("pod web\n");
  });

  test("cannot move the cursor, even if its view lets it through", async () => {
    const body = async () => ({ data: "\u001b[2J", view: (text: string) => text });
    expect((await performed(body)).stdout).toBe("\\x1b[2J\n");
  });

  test("is nothing when its view is empty, not an empty line", async () => {
    expect((await performed(async () => ({ data: [], view: () => "" }))).stdout).toBe("");
  });

  test("may be a verdict with its own exit status", async () => {
    expect((await performed(async () => ({ data: pod, view, exitCode: 1 }))).code).toBe(1);
  });
});

describe("what flows", () => {
  async function* flow(): AsyncGenerator<typeof pod> {
    yield pod;
    yield { ...pod, name: "db" };
  }

  test("is printed item by item", async () => {
    expect((await performed(async () => ({ items: flow(), view }))).stdout).toBe("pod web\npod db\n");
  });

  test("is a line each under jsonl, a document each under yaml", async () => {
    const body = async () => ({ items: flow(), view });
    expect((await performed(body, { format: "jsonl" })).stdout.split("\n")).toHaveLength(3);
    const { parseAllDocuments } = await import("yaml");
    const documents = parseAllDocuments((await performed(body, { format: "yaml" })).stdout);
    expect(documents.map((document) => document.toJS().name)).toEqual(["web", "db"]);
  });

  test("has come before it fails", async () => {
    async function* failing(): AsyncGenerator<typeof pod> {
      yield pod;
      throw new NotFoundError("it has gone");
    }
    const end = await performed(async () => ({ items: failing(), view }));
    expect(end).toEqual({ code: 1, stdout: "pod web\n", stderr: "crikit: it has gone\n" });
  });

  test("is not asked for before the reader has taken what came", async () => {
    const said: string[] = [];
    async function* told(): AsyncGenerator<number> {
      for (let at = 1; at <= 2; at++) {
        said.push(`asked for ${at}`);
        yield at;
      }
    }
    const stdout = { ...fakeSink(), drained: async () => void said.push("taken") };
    await performed(async () => ({ items: told(), view: String }), { io: fakeIo({ stdout }) });
    expect(said).toEqual(["asked for 1", "taken", "asked for 2", "taken"]);
  });

  test("may end with a verdict that is known at its end only", async () => {
    let seen = 0;
    async function* counted(): AsyncGenerator<number> {
      yield ++seen;
      yield ++seen;
    }
    expect((await performed(async () => ({ items: counted(), view: String, exitCode: () => seen }))).code).toBe(2);
  });
});

describe("a failure", () => {
  const failing = (error: Error) => async (): Promise<Outcome<never>> => {
    throw error;
  };

  test("goes to stderr and leaves stdout empty", async () => {
    const end = await performed(failing(new NotFoundError("no pod 'web'")), { format: "json" });
    expect(end).toEqual({ code: 1, stdout: "", stderr: "crikit: no pod 'web'\n" });
  });

  test("of wrong words is 2 and points to the help", async () => {
    const end = await performed(failing(new UsageError("no")), { failureExitCode: 3 });
    expect(end).toEqual({ code: 2, stdout: "", stderr: "crikit: no\nhint: see 'crikit pods --help'\n" });
  });

  test("has the command's own exit status where it has one", async () => {
    expect((await performed(failing(new NotFoundError("no")), { failureExitCode: 2 })).code).toBe(2);
  });

  test("of the work and of the cleaning up are both told", async () => {
    const end = await performed(async () => {
      await using _ = {
        [Symbol.asyncDispose]: async () => {
          throw new NotFoundError("cannot clean up");
        },
      };
      throw new NotFoundError("cannot work");
    });
    expect(end.stderr).toBe("crikit: cannot work\ncrikit: cannot clean up\n");
  });

  test("that the user asked for is not told, one beside it is", async () => {
    const io = () => fakeIo({ signal: AbortSignal.abort() });
    const cancelled = new CancelledError("RunPodSandbox was cancelled");
    expect(await performed(failing(cancelled), { io: io() })).toEqual({ code: 130, stdout: "", stderr: "" });
    const both = new AggregateError([cancelled, new NotFoundError("cannot clean up")]);
    expect(await performed(failing(both), { io: io() })).toMatchObject({
      code: 130,
      stderr: "crikit: cannot clean up\n",
    });
    const abort = new DOMException("The operation was aborted", "AbortError");
    expect(await performed(failing(abort), { io: io() })).toMatchObject({ code: 130, stderr: "" });
  });

  test("that calls itself a cancellation is told when nobody asked for one", async () => {
    expect(await performed(failing(new CancelledError("given up")))).toMatchObject({
      code: 130,
      stderr: "crikit: given up\n",
    });
  });
});
