import { UsageError } from "../../errors.ts";
import { nearest } from "../../near.ts";

/** All that Linux has, without their prefix, as CRI wants them. @see capabilities(7) */
const capabilities: ReadonlySet<string> = new Set(
  (
    "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER " +
    "FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE " +
    "NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE " +
    "SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM ALL"
  ).split(" "),
);

/** `NET_ADMIN`, `CAP_NET_ADMIN`, `net_admin` or `ALL`, as CRI writes it. @throws {UsageError} with the near one */
export function capabilityFromWord(word: string): string {
  const name = word.toUpperCase().replace(/^CAP_/u, "");
  if (capabilities.has(name)) return name;
  const near = nearest(name, capabilities);
  throw new UsageError(`'${word}' is not a capability`, {
    hint: near === undefined ? "write one such as NET_ADMIN, or ALL" : `did you mean ${near}?`,
  });
}
