const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * About how long, as a person says it: "Less than a second", "5 seconds", "About a minute", "3 weeks". Each unit goes on
 * until two of the next one are full, as crictl and docker have it.
 *
 * @param milliseconds of time; less than none counts as none, for clocks that disagree
 * @see Go github.com/docker/go-units HumanDuration
 */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(Math.max(0, milliseconds) / 1_000);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < minute) return `${seconds} seconds`;
  const minutes = Math.floor(seconds / minute);
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  // Half an hour counts for a whole one, in hours alone.
  const hours = Math.round(seconds / hour);
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 14) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 60) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(seconds / day / 365)} years`;
}

/** How long ago, such as "5 seconds ago". @param atNs nanoseconds since 1970, as CRI counts them */
export function age(atNs: bigint, now: Date): string {
  return `${humanDuration(now.getTime() - Number(atNs / 1_000_000n))} ago`;
}

const decimalUnits = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];

/**
 * Bytes in decimal units, such as `1.15MB`.
 *
 * @param digits significant ones; crictl has 3 for images and 4 for stats
 * @see Go github.com/docker/go-units HumanSizeWithPrecision
 */
export function humanSize(bytes: bigint | number, digits: 3 | 4 = 3): string {
  let size = Number(bytes);
  let unit = 0;
  // By the rounded size: Go's "1e+03kB" is 1MB here.
  for (; Number(size.toPrecision(digits)) >= 1_000 && unit < decimalUnits.length - 1; unit++) size /= 1_000;
  return `${significant(size, digits)}${decimalUnits[unit] ?? ""}`;
}

/** So many digits, and no zeros at the end of a fraction. */
function significant(value: number, digits: number): string {
  const text = value.toPrecision(digits);
  return text.includes(".") ? text.replace(/\.?0+$/u, "") : text;
}

/** How much of an id a table shows. */
const shortLength = 13;

/** The start of an id, without the name of its hash: enough to type, and what crictl shows. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/u, "").slice(0, shortLength);
}
