/** A word that any POSIX shell reads as it is. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command line that a person can paste into a shell. */
export function commandLineOf(...words: readonly string[]): string {
  return words.map(shellQuote).join(" ");
}
