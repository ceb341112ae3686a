import { UsageError } from "../errors.ts";

/**
 * The bytes of keys as docker and podman write them: `ctrl-p,ctrl-q`, `ctrl-@`, `x`. No keys at all: nothing detaches.
 *
 * @throws {UsageError}
 */
export function parseDetachKeys(text: string): Uint8Array {
  if (text === "") return new Uint8Array();
  return Uint8Array.from(text.split(","), (key) => {
    const control = /^ctrl-(?<letter>[a-z@[\\\]^_])$/iu.exec(key)?.groups?.["letter"];
    // The control characters are the upper case letters and their neighbours without bit 0x40: ascii(7).
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) - 0x40;
    if (/^[\x21-\x7e]$/u.test(key)) return key.charCodeAt(0);
    throw new UsageError(`'${key}' is not a key to detach with: write ctrl-p,ctrl-q or one letter`);
  });
}

/**
 * Passes input on until the keys are typed one after the other. A part of them is held back until the next key tells.
 *
 * @returns whether the keys were typed: then the input is not at its end
 */
export async function* untilDetached(
  input: AsyncIterable<Uint8Array>,
  keys: Uint8Array,
): AsyncGenerator<Uint8Array, boolean> {
  let matched = 0;
  for await (const bytes of input) {
    if (keys.length === 0) {
      yield bytes;
      continue;
    }
    const passed: number[] = [];
    for (const byte of bytes) {
      const held = [...keys.subarray(0, matched), byte];
      matched = longestStart(held, keys);
      passed.push(...held.slice(0, held.length - matched));
      if (matched === keys.length) {
        if (passed.length > 0) yield Uint8Array.from(passed);
        return true;
      }
    }
    if (passed.length > 0) yield Uint8Array.from(passed);
  }
  if (matched > 0) yield keys.slice(0, matched);
  return false;
}

/** How much of the beginning of the keys the end of what was typed is: the keys may begin again within themselves. */
function longestStart(typed: readonly number[], keys: Uint8Array): number {
  for (let length = Math.min(typed.length, keys.length); length > 0; length--) {
    if (keys.subarray(0, length).every((key, at) => key === typed[typed.length - length + at])) return length;
  }
  return 0;
}
