/** A whole number that a double would round. JSON has it as a number all the same, digit by digit. */
export class ExactInteger {
  readonly digits: string;

  constructor(value: bigint) {
    this.digits = String(value);
  }

  toString(): string {
    return this.digits;
  }
}
