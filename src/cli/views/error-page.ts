import { CrikitError, UsageError } from "../../errors.ts";
import { redactText } from "../../rpc/redact.ts";
import { isSystemError } from "../system-error.ts";
import { paint } from "./color.ts";
import { printable } from "./printable.ts";

/** How failures are told. */
export interface ErrorPageOptions {
  /** Tells the causes as well. */
  readonly debug?: boolean;
  readonly color?: boolean;
  /** The command as it is typed, such as `crikit lab up`: wrong words are pointed to its help. */
  readonly title?: string;
}

/**
 * What failed, a line each in the order it happened, and below it what to do. Only crikit's own bugs are told otherwise:
 * there the user can do nothing but report.
 */
export function errorPage(failures: readonly unknown[], options: ErrorPageOptions = {}): string {
  const lines: string[] = [];
  for (const failure of failures) {
    const told = [`${paint("crikit:", "red", options)} ${printable(sentence(failure))}`, ...after(failure, options)];
    // A clean-up that fails for the same reason as the work adds nothing.
    if (!lines.includes(told[0] ?? "")) lines.push(...told);
  }
  return lines.map((line) => `${line}\n`).join("");
}

function sentence(failure: unknown): string {
  if (failure instanceof CrikitError || isSystemError(failure)) return failure.message;
  return `this is a bug in crikit: ${redactText(nameAndMessage(failure))}`;
}

function after(failure: unknown, { debug = false, title = "crikit" }: ErrorPageOptions): string[] {
  const hint = hintOf(failure) ?? (failure instanceof UsageError ? `see '${title} --help'` : undefined);
  return [
    ...(hint === undefined ? [] : [`hint: ${printable(hint)}`]),
    ...(debug && !(failure instanceof CrikitError || isSystemError(failure)) ? where(failure) : []),
    ...(debug ? causes(failure).map((cause) => `cause: ${printable(redactText(nameAndMessage(cause)))}`) : []),
  ];
}

function hintOf(failure: unknown): string | undefined {
  if (failure instanceof CrikitError) return failure.hint;
  if (isSystemError(failure)) return undefined;
  return "please report it, with the command and with what it prints under --debug";
}

function causes(failure: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let at = failure; at instanceof Error && at.cause !== undefined && !chain.includes(at.cause); at = at.cause) {
    chain.push(at.cause);
  }
  return chain;
}

/** Where a bug showed itself: the innermost place alone. */
function where(failure: unknown): string[] {
  const frame = failure instanceof Error ? /^\s+(at .+)$/mu.exec(failure.stack ?? "")?.[1] : undefined;
  return frame === undefined ? [] : [`where: ${printable(frame)}`];
}

function nameAndMessage(value: unknown): string {
  return value instanceof Error ? `${value.name}: ${value.message}` : String(value);
}
