/**
 * The failures inside `error`, in the order they happened: what a block threw first, then what its clean-up threw.
 * `await using` wraps the pair in a `SuppressedError` whose own message says nothing of either.
 */
export function failures(error: unknown): readonly unknown[] {
  if (isSuppressed(error)) return [...failures(error.suppressed), ...failures(error.error)];
  if (error instanceof AggregateError) return error.errors.flatMap(failures);
  return [error];
}

/** By name: Node 20 and 22 have no global `SuppressedError`, compiled code makes an `Error` of that name. */
function isSuppressed(error: unknown): error is Error & { error: unknown; suppressed: unknown } {
  return error instanceof Error && error.name === "SuppressedError" && "suppressed" in error && "error" in error;
}
