import { nearest } from "../near.ts";
import { type ConfigKind, fieldsOf, messageOf, type NamedField, spellings } from "./fields.ts";

/** The field that a key of a file names. Leniently, as Go's JSON does it: upper and lower case are the same. */
export function fieldIn(message: string, key: string, { lenient }: { lenient: boolean }): NamedField | undefined {
  const fields = fieldsOf(message);
  const exact = fields.find((field) => spellings(field).includes(key));
  if (exact !== undefined || !lenient) return exact;
  return fields.find((field) => spellings(field).some((name) => name.toLowerCase() === key.toLowerCase()));
}

/** Where a key was found that names no field. */
interface Found {
  readonly kind: ConfigKind;
  readonly message: string;
  /** Such as `linux.security_context`; empty at the top. */
  readonly path: string;
}

/** Says that there is no such field, and which one was probably meant or where it belongs. */
export function unknownField(key: string, { kind, message, path }: Found): { what: string; hint: string | undefined } {
  const owner = path === "" ? `a ${kind}'s config` : path;
  return { what: `${owner} has no field '${key}'`, hint: meant(key, message) ?? home(key, kind) };
}

/** In the spelling that the key is in. */
function meant(key: string, message: string): string | undefined {
  const at = /[A-Z]/u.test(key) && !key.includes("_") ? -1 : 0;
  const names = fieldsOf(message).map((field) => spellings(field).at(at) ?? field.name);
  const same = names.find((name) => name.toLowerCase() === key.toLowerCase());
  const near = same ?? nearest(key, names);
  return near === undefined ? undefined : `did you mean ${near}?`;
}

/** The one place where there is a field of that name. */
function home(key: string, kind: ConfigKind): string | undefined {
  for (const config of [kind, ...(["pod", "container"] as const).filter((other) => other !== kind)]) {
    const places = placesOf(key, messageOf[config]);
    const [place, ...more] = places.filter((path) => !path.startsWith("windows"));
    if (place === undefined || more.length > 0) continue;
    const whose = config === kind ? "" : ` of the ${config}'s config`;
    return `it belongs ${place === "" ? "to the top" : `into ${place}`}${whose}`;
  }
  return undefined;
}

function placesOf(key: string, message: string, path = "", above: readonly string[] = []): readonly string[] {
  if (above.includes(message)) return [];
  return fieldsOf(message).flatMap((field) => {
    const here = spellings(field).includes(key) ? [path] : [];
    const below = path === "" ? field.name : `${path}.${field.name}`;
    if (field.of === undefined) return here;
    return [...here, ...placesOf(key, field.of, field.many === "list" ? `${below}[]` : below, [...above, message])];
  });
}
