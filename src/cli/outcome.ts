/** What the output lets a view do. Injected, never read from `process`, so a view is a pure function. */
export interface Terminal {
  /** Visible columns; `Infinity` when the output is not a terminal. */
  readonly width: number;
  readonly color: boolean;
  readonly now: Date;
}

/** Turns data into text for people, without a line break at its end. Empty text prints nothing, not an empty line. */
export type View<Data> = (data: Data, terminal: Terminal) => string;

/** The words that `-o` can take. `json`, `jsonl` and `yaml` are the data itself; the rest are views of it. */
export type Format = "table" | "text" | "markdown" | "json" | "jsonl" | "yaml";

/** A command's whole result: the data for `-o json|yaml`, a view of it for people, and how the process ends. */
export interface Result<Data> {
  readonly data: Data;
  readonly view: View<Data>;
  /** Views for formats that the main one is not meant for. */
  readonly views?: { readonly markdown?: View<Data> };
  /** 0 when absent. */
  readonly exitCode?: number;
}

/** The same for what comes item by item: each is printed when it comes. */
interface Flow<Item> {
  readonly items: AsyncIterable<Item>;
  readonly view: View<Item>;
  /** Asked when the last item has come; 0 when absent. */
  readonly exitCode?: () => number;
}

/** What a command returns. It prints nothing itself. */
export type Outcome<Data> = Result<Data> | Flow<Data>;

/** The formats of a command that does not say otherwise, the default first. */
export const defaultFormats = ["table", "json", "yaml"] as const satisfies readonly Format[];
