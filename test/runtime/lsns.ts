import { run } from "../../src/linux/run.ts";

/** A namespace as `lsns` lists it; the fields that `--output` leaves out are not there. */
export interface ListedNamespace {
  readonly ns: number;
  readonly type: string;
  readonly nprocs: number;
  readonly pid: number;
}

/**
 * What `lsns --json` lists. Before util-linux 2.40.3 it exits with 1, and says nothing, when any process of the machine
 * ends while it reads that one's files (util-linux/util-linux#2799): then it is asked again, a hundred times at most.
 */
export async function lsns(...args: readonly string[]): Promise<readonly ListedNamespace[]> {
  for (let attempt = 1; ; attempt++) {
    const { exitCode, stdout, stderr } = await run("lsns", ["--json", ...args]);
    if (exitCode === 0) return (JSON.parse(stdout) as { readonly namespaces: readonly ListedNamespace[] }).namespaces;
    if (exitCode !== 1 || stderr !== "" || attempt === 100)
      throw new Error(`'lsns --json ${args.join(" ")}' failed (exit code ${exitCode}, ${attempt} times): ${stderr}`);
  }
}
