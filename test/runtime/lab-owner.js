// Brings an ephemeral lab up and holds it until it is killed: node lab-owner.js NAME CONTAINERD. Tells its steps on stdout.
import { Lab } from "../../dist/lab/lab.js";

const [name, containerd] = process.argv.slice(2);
await Lab.start({ name, containerd, ephemeral: true, onStep: (step) => process.stdout.write(`${step}\n`) });
process.stdout.write("up\n");
setInterval(() => undefined, 1_000_000);
