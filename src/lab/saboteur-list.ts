import type { Saboteur } from "./saboteur.ts";
import { strayExec } from "./saboteurs/stray-exec.ts";
import { unsharedIpc } from "./saboteurs/unshared-ipc.ts";
import { unsharedNet } from "./saboteurs/unshared-net.ts";
import { unsharedPid } from "./saboteurs/unshared-pid.ts";
import { unsharedUts } from "./saboteurs/unshared-uts.ts";

/** Every fault there is. */
export const saboteurs: readonly Saboteur[] = [unsharedNet, unsharedIpc, unsharedUts, unsharedPid, strayExec];

/** Other names of handlers: a pod that says just `unshared` means the namespace that all the others hang on. */
export const saboteurAliases: Readonly<Record<string, Saboteur>> = { unshared: unsharedNet };
