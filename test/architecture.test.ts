import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { wholeMachine } from "./vitest.config.ts";

/** Rooms by what they may import: the table of docs/architecture.md is the only one. */
function roomsIn(document: string): Readonly<Record<string, readonly string[]>> {
  const rows = document.split("\n").filter((line) => line.startsWith("| `"));
  const free = wordsIn(rows[0]?.split("|")[1] ?? "");
  const rooms = rows.map((row) => {
    const [, names = "", , may = ""] = row.split("|");
    return wordsIn(names).map((name) => [name, [...wordsIn(may), ...free]] as const);
  });
  const table = Object.fromEntries(rooms.flat());
  // The command line may import every room but the generated one.
  return { ...table, cli: Object.keys(table).filter((room) => room !== "gen"), index: Object.keys(table) };
}

function wordsIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([a-z-]+)`/gu)].map(([, word = ""]) => word);
}

interface SourceFile {
  /** Below src. */
  readonly path: string;
  readonly text: string;
}

const room = (path: string): string => path.split("/")[0]?.replace(/\.ts$/u, "") ?? "";

interface Arrow {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function arrowsIn(files: readonly SourceFile[]): readonly Arrow[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(/from "(\.[^"]+)"|import\("(\.[^"]+)"\)/gu)].map((match) => ({
      file: path,
      from: room(path),
      to: room(posix.join(posix.dirname(path), match[1] ?? match[2] ?? "")),
    })),
  );
}

function forbidden(arrows: readonly Arrow[], rooms: Readonly<Record<string, readonly string[]>>): readonly Arrow[] {
  return arrows.filter(({ from, to }) => from !== to && rooms[from]?.includes(to) !== true);
}

/** Exports of a file that no comment stands before. */
function undocumented({ path, text }: SourceFile): readonly string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, at) => {
    const name = /^export (?:abstract |async )*(?:function\*?|class|const|interface|type) (\w+)/u.exec(line)?.[1];
    if (name === undefined || /\*\/\s*$/u.test(lines[at - 1] ?? "")) return [];
    // The body behind its overloads, which say what it does.
    const isBody = new RegExp(`^export (?:async )?function ${name}\\(.*;$`, "u").test(lines[at - 1] ?? "");
    return isBody ? [] : [`${path}: ${name}`];
  });
}

const files: readonly SourceFile[] = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, text: readFileSync(`src/${path}`, "utf8") }));
const written = files.filter(({ path }) => !path.startsWith("gen/"));
const rooms = roomsIn(readFileSync("docs/architecture.md", "utf8"));

test("every room is in the table of docs/architecture.md, and every row is a room", () => {
  const found = new Set(files.map(({ path }) => room(path)).filter((name) => name !== "index"));
  expect([...found].toSorted()).toEqual(
    Object.keys(rooms)
      .filter((name) => name !== "index")
      .toSorted(),
  );
});

test("no import goes against the arrows", () => {
  const arrows = arrowsIn(written);
  expect(arrows.length).toBeGreaterThan(100);
  expect(forbidden(arrows, rooms)).toEqual([]);
});

test("an import against the arrows is noticed", () => {
  const wrong = [
    { path: "linux/x.ts", text: 'import { a } from "../cli/y.ts";' },
    { path: "cli/x.ts", text: 'const { a } = await import("../gen/runtime/v1/api.ts");' },
    { path: "sandbox/x.ts", text: 'import type { a } from "../lab/lab.ts";' },
  ];
  expect(forbidden(arrowsIn(wrong), rooms)).toHaveLength(3);
});

test("the arrows have no cycle", () => {
  const reaches = (start: string, at: string, seen = new Set<string>()): boolean =>
    (rooms[at] ?? []).some((next) => {
      if (next === start) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(start, next, seen);
    });
  expect(Object.keys(rooms).filter((name) => reaches(name, name) && !(rooms[name] ?? []).includes(name))).toEqual([]);
});

test("files are short: none over 300 lines, half of them at most 80, nine in ten at most 200", () => {
  const lengths = written.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }));
  const sorted = lengths.map(({ lines }) => lines).toSorted((a, b) => a - b);
  expect(lengths.filter(({ lines }) => lines > 300)).toEqual([]);
  expect(sorted[sorted.length >> 1]).toBeLessThanOrEqual(80);
  expect(sorted[Math.floor(sorted.length * 0.9)]).toBeLessThanOrEqual(200);
});

test("every export says what it is", () => {
  expect(undocumented({ path: "x", text: "export const a = 1;\n/** b */\nexport function b() {}" })).toEqual(["x: a"]);
  expect(written.flatMap(undocumented)).toEqual([]);
});

test("names say what a file is for", () => {
  expect(written.filter(({ path }) => /util|helper|common|manager/u.test(path))).toEqual([]);
});

test("what is thrown on purpose is a class of errors.ts", () => {
  expect(written.filter(({ text }) => /\bnew Error\(/u.test(text)).map(({ path }) => path)).toEqual([]);
});

test("the process is touched in one file; another has its environment as a default, and two signal processes", () => {
  const touching = written.filter(
    ({ text }) =>
      /(?<![\w."'`-])process\.(?!ts)/u.test(text.replace(/\/\*\*[\s\S]*?\*\/|\/\/.*$/gmu, "")) ||
      text.includes('"node:process"'),
  );
  expect(touching.map(({ path }) => path).toSorted()).toEqual([
    "cli/main.ts",
    "cri/discover.ts",
    "lab/sweep-processes.ts",
    "linux/kill-exec.ts",
  ]);
});

test("whoever compares the machine before and after runs alone", () => {
  const comparing = readdirSync("test", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts"))
    .filter((path) => /from "[./]+host-snapshot\.ts"/u.test(readFileSync(`test/${path}`, "utf8")))
    .map((path) => `test/${path}`);
  expect(comparing.length).toBeGreaterThan(2);
  expect(comparing.filter((path) => !wholeMachine.includes(path))).toEqual([]);
});
