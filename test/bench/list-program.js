// A program that embeds the library and lists the pods once: list-program.js SOCKET
import { argv } from "node:process";
import { dial } from "../../dist/cri/connect.js";

const line = await dial(argv[2]);
await line.runtime.listPodSandbox({});
line.close();
