import type { Io } from "./io.ts";

/** What the output lets a view do. Injected, never read from `process`, so a view is a pure function. */
export interface Terminal {
  /** Visible columns; `Infinity` when the output is not a terminal. */
  readonly width: number;
  /** Visible lines, where that is known. */
  readonly height?: number | undefined;
  readonly color: boolean;
  readonly now: Date;
}

/** Turns data into text for people, without a line break at its end. Empty text prints nothing, not an empty line. */
export type View<Data> = (data: Data, terminal: Terminal) => string;

/**
 * The words that `-o` can take. `json`, `jsonl`, `yaml` and `go-template` are the data itself; the rest are views of it,
 * the command's main one where it has none of that name.
 */
export type Format =
  | "table"
  | "wide"
  | "name"
  | "custom-columns"
  | "text"
  | "markdown"
  | "json"
  | "jsonl"
  | "yaml"
  | "go-template"
  | "junit"
  | "tap"
  | "mermaid"
  | "dot"
  | "svg"
  | "html";

/** A command's whole result: the data for `-o json|yaml`, a view of it for people, and how the process ends. */
export interface Result<Data> {
  readonly data: Data;
  readonly view: View<Data>;
  /** Views for formats that the main one is not meant for. */
  readonly views?: Partial<Readonly<Record<Format, View<Data>>>>;
  /** What `-o jsonl` prints a line each; the data as a whole when absent. */
  readonly lines?: readonly unknown[];
  /** What could not be done beside what could. Told on stderr, and the exit status is 1 at least. */
  readonly failures?: readonly unknown[];
  /** 0 when absent. */
  readonly exitCode?: number;
}

/** The same for what comes item by item: each is printed when it comes. */
export interface Flow<Item> {
  readonly items: AsyncIterable<Item>;
  readonly view: View<Item>;
  readonly views?: Partial<Readonly<Record<Format, View<Item>>>>;
  /** What `-o jsonl` prints a line each of one item. */
  readonly lines?: (item: Item) => readonly unknown[];
  /** On a terminal each item takes the place of the one before, as with watch(1). */
  readonly redraw?: boolean;
  /** Asked when the last item has come. */
  readonly failures?: () => readonly unknown[];
  /** Asked when the last item has come; 0 when absent. */
  readonly exitCode?: () => number;
}

/** What is not ours to lay out: bytes that go to the outputs as they come, such as a container's log. */
export interface Passage {
  /** Writes them, no faster than they are taken. @returns the exit status */
  readonly pass: (out: Pick<Io, "stdout" | "stderr">) => Promise<number>;
  /** Asked when it has been passed. */
  readonly failures?: () => readonly unknown[];
}

/** What a command returns. It prints nothing itself, but for what it only passes on. */
export type Outcome<Data> = Result<Data> | Flow<Data> | Passage;

/** The formats of a command that does not say otherwise, the default first. */
export const defaultFormats = ["table", "json", "yaml"] as const satisfies readonly Format[];
