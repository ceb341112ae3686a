// Lists of a real runtime with many pods.
import { bounded } from "../../dist/bounded.js";
import { PodSandbox } from "../../dist/sandbox/pod-sandbox.js";
import { listed, medianOf } from "./listed.js";
import { fact } from "./measure.js";

const node = 2; // NamespaceMode.NODE
const count = 300;
const atOnce = 8;
const rounds = 5;

/** 300 pods, listed in every way. Making them takes most of the time. */
export async function measure({ lab, socket, say }) {
  const connection = await lab.connect();
  const all = Array.from({ length: count }, (_, at) => at);
  const made = [];
  try {
    await bounded(all, atOnce, async (at) => {
      // On the host's network, which takes half the time and is the same to a list.
      const pod = await PodSandbox.run(connection, { name: `list-${at}`, namespaces: { network: node } });
      made.push(pod);
    });
    say(`${count} pods are there`);
    const kinds = {
      table: ["pods"],
      json: ["pods", "-o", "json"],
      jsonl: ["pods", "-o", "jsonl"],
      wide: ["pods", "-o", "wide"],
    };
    const runs = {};
    for (let round = -1; round < rounds; round++) {
      for (const [kind, words] of Object.entries(kinds)) {
        const one = await listed(socket, ...words);
        if (round >= 0) (runs[kind] ??= []).push(one);
      }
    }
    return Object.keys(kinds).map((kind) => {
      const { ms, ...more } = medianOf(runs[kind]);
      return fact(`${count} real pods, ${kind}`, ms, more);
    });
  } finally {
    await bounded(made, atOnce, (pod) => pod.remove());
    connection.close();
  }
}
