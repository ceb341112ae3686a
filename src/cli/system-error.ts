/** What Node throws when the system refuses something: no space, no permission, no such file. Not a bug of crikit's. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";
}
