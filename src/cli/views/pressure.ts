import type { PsiStats } from "../../cri/messages.ts";
import { unknownCell } from "./percent.ts";

/** The pressure of one resource each, as the runtime tells it. */
export interface Pressures {
  readonly cpu: PsiStats | undefined;
  readonly memory: PsiStats | undefined;
  readonly io: PsiStats | undefined;
}

/** The share of the last ten seconds in which at least one task waited, in percent, of each resource that has any. */
export function pressure(pressures: Pressures): string {
  const told = Object.entries(pressures).flatMap(([resource, psi]: [string, PsiStats | undefined]) =>
    psi?.Some === undefined ? [] : [`${resource}=${psi.Some.Avg10.toFixed(2)}`],
  );
  return told.join(" ") || unknownCell;
}
