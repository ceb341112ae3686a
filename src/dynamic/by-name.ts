import { NotFoundError, UsageError } from "../errors.ts";
import { nearest } from "../near.ts";

/**
 * The one thing that is meant by a whole name (`runtime.v1.Mount`, `runtime.v1.RuntimeService/Version`) or by the end of
 * one (`RuntimeService/Version`, `Mount`). `/` and `.` are the same here.
 *
 * @param kind what is looked for, for the message: `method`
 * @throws {NotFoundError} when there is none; the hint has the near one
 * @throws {UsageError} when several end so
 */
export function findByName<T>(things: ReadonlyMap<string, T>, name: string, kind: string): T {
  const wanted = dotted(name);
  const found = [...things].filter(([whole]) => `.${dotted(whole)}`.endsWith(`.${wanted}`));
  const exact = found.find(([whole]) => dotted(whole) === wanted);
  const [only, another] = exact === undefined ? found : [exact];
  if (only === undefined) throw notFound(things, name, kind);
  if (another === undefined) return only[1];
  throw new UsageError(`'${name}' may be ${found.map(([whole]) => whole).join(" or ")}`, {
    hint: "say more of its name",
  });
}

function notFound(things: ReadonlyMap<string, unknown>, name: string, kind: string): NotFoundError {
  // As many parts of each name as were typed, so that like is compared with like.
  const parts = dotted(name).split(".").length;
  const ends = [...things.keys()].map((whole) => dotted(whole).split(".").slice(-parts).join("."));
  const near = nearest(dotted(name), new Set(ends));
  return new NotFoundError(`the protos have no ${kind} '${name}'`, {
    hint: near === undefined ? "crikit rpc --list shows all methods" : `did you mean ${near}?`,
  });
}

function dotted(name: string): string {
  return name.replace(/^[./]/u, "").replace("/", ".");
}
