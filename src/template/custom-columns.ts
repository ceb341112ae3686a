import { UsageError } from "../errors.ts";

/** One column that the user asked for. */
export interface CustomColumn {
  readonly head: string;
  readonly cell: (item: unknown) => string;
}

/** Parses `HEAD:.path,…`. */
export function parseCustomColumns(spec: string): readonly CustomColumn[] {
  throw new UsageError(`custom columns are not supported yet: ${spec}`);
}
