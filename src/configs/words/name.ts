import { UsageError } from "../../errors.ts";

const longest = 63;

/** A name that is a DNS label too, which is what hostnames and Kubernetes' names are. @throws {UsageError} that says what to write */
export function nameFromWord(word: string): string {
  if (word.length <= longest && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/u.test(word)) return word;
  throw new UsageError(
    `'${word}' is not a name: write up to ${longest} of a-z, 0-9 and '-', such as ${labelFrom(word)}`,
  );
}

/** A name for what is made from an image: `web-server` of `registry.test/team/Web_Server:1.0`. */
export function nameFromImage(image: string): string {
  const [untagged = ""] = image.split("@");
  return labelFrom((untagged.split("/").at(-1) ?? "").replace(/:.*$/su, ""));
}

function labelFrom(text: string): string {
  const label = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, "-")
    .slice(0, longest)
    .replace(/^-+|-+$/gu, "");
  return label === "" ? "container" : label;
}
