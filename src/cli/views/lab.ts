import type { LabStatus } from "../../lab/lab-status.ts";
import type { Terminal } from "../outcome.ts";
import type { Color } from "./color.ts";
import { shellQuote } from "../../linux/shell-quote.ts";
import { table } from "./table.ts";

/** A lab that has come up: what it is, and how to use it. */
export function labUpView({ name, containerd, endpoint, adaptations }: LabStatus): string {
  const flag = name === "default" ? "" : ` --name ${name}`;
  return [
    `lab '${name}' is up: containerd ${containerd.version} on ${endpoint}`,
    ...adaptations.map(({ what, why }) => `  ${what}: ${why}`),
    `  use it:  eval "$(crikit lab env${flag})"`,
    `  end it:  crikit lab down${flag}`,
  ].join("\n");
}

/** What `lab down` found. */
export interface LabDown {
  readonly name: string;
  /** Whether there was one: taking down what is not there is no failure. */
  readonly wasThere: boolean;
}

/** What `lab down` did. */
export function labDownView({ name, wasThere }: LabDown): string {
  return wasThere ? `lab '${name}' is down` : `there is no lab named '${name}'`;
}

const colors: Record<LabStatus["state"], Color> = {
  running: "green",
  starting: "yellow",
  "going-down": "yellow",
  dead: "red",
};

/** Labs as a table. */
export function labStatusView(labs: readonly LabStatus[], terminal: Terminal): string {
  return table(
    [
      { head: "LAB", cell: ({ name }) => name },
      { head: "STATE", cell: stateOf, color: ({ state }) => colors[state] },
      { head: "CONTAINERD", cell: ({ runtimeVersion, containerd }) => runtimeVersion ?? containerd.version },
      { head: "SUBNETS", cell: ({ subnets }) => subnets.join(" ") },
      { head: "ENDPOINT", cell: ({ endpoint }) => endpoint },
    ],
    labs,
    { ...terminal, minWidth: 0 },
  );
}

function stateOf({ state, abandoned }: LabStatus): string {
  return abandoned ? `${state}, abandoned` : state;
}

/** The commands that point a shell at a lab. */
export function labEnvView({ endpoint }: { readonly endpoint: string }): string {
  return ["CONTAINER_RUNTIME_ENDPOINT", "IMAGE_SERVICE_ENDPOINT"]
    .map((name) => `export ${name}=${shellQuote(endpoint)}`)
    .join("\n");
}
