import { readOf } from "./process.ts";

/** Bits of the capabilities that crikit asks about. @see linux/capability.h */
const bits = { CAP_NET_ADMIN: 12n, CAP_SYS_PTRACE: 19n, CAP_SYS_ADMIN: 21n, CAP_SYS_RESOURCE: 24n } as const;

/** A capability by its name in capabilities(7). */
export type Capability = keyof typeof bits;

/** Whether this process has a capability in effect. @see capabilities(7), proc_pid_status(5) `CapEff` */
export async function hasCapability(capability: Capability, proc = "/proc"): Promise<boolean> {
  const effective = /^CapEff:\s*([0-9a-f]+)$/mu.exec((await readOf(`${proc}/self/status`)) ?? "")?.[1];
  return effective !== undefined && (BigInt(`0x${effective}`) & (1n << bits[capability])) !== 0n;
}
