/** What stands where something cannot be told. */
export const unknownCell = "--";

/** Percent with two decimals, as crictl has it. */
export function percent(value: number | undefined): string {
  return value === undefined ? unknownCell : value.toFixed(2);
}
