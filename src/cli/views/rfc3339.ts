/** What Go prints for a time that was never set. */
const zeroTime = "0001-01-01T00:00:00Z";

const secondNs = 1_000_000_000n;

/**
 * A point in time as RFC 3339 has it, to the nanosecond and in the zone of this machine, as crictl prints it. 0 is never.
 *
 * @param atNs nanoseconds since 1970
 */
export function rfc3339(atNs: bigint): string {
  if (atNs === 0n) return zeroTime;
  const fractionNs = ((atNs % secondNs) + secondNs) % secondNs; // also before 1970
  const at = new Date(Number((atNs - fractionNs) / 1_000_000n));
  const offset = -at.getTimezoneOffset();
  const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const fraction = String(fractionNs).padStart(9, "0").replace(/0+$/u, "");
  return `${local}${fraction === "" ? "" : `.${fraction}`}${offset === 0 ? "Z" : zone(offset)}`;
}

function zone(minutes: number): string {
  const two = (number: number): string => String(Math.floor(number)).padStart(2, "0");
  const distance = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(distance / 60)}:${two(distance % 60)}`;
}
