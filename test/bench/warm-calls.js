// Calls on a connection that is up, and what each layer costs: node:http2, grpc-js, crikit.
import { Client, credentials } from "@grpc/grpc-js";
import { call, open } from "./bare-http2.js";
import { inTurns, row } from "./measure.js";

const rounds = 400;
const width = 32;
const version = "/runtime.v1.RuntimeService/Version";
const pods = "/runtime.v1.RuntimeService/ListPodSandbox";

/** One after the other, and 32 at once, against the same over bare http2 in this process. */
export async function measure({ lab, socket }) {
  const connection = await lab.connect();
  const session = open(socket);
  const client = new Client(`unix:${socket}`, credentials.createInsecure());
  const grpc = (path) =>
    new Promise((resolve, reject) => {
      const bytes = (value) => value;
      client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      );
    });
  const many = (one) => () => Promise.all(Array.from({ length: width }, one));
  try {
    const ms = await inTurns(
      {
        bare: () => call(session, version),
        grpc: () => grpc(version),
        ours: () => connection.runtime.version({}),
        bareList: () => call(session, pods),
        grpcList: () => grpc(pods),
        oursList: () => connection.runtime.listPodSandbox({}),
        bareMany: many(() => call(session, version)),
        grpcMany: many(() => grpc(version)),
        oursMany: many(() => connection.runtime.version({})),
      },
      rounds,
    );
    return [
      row("Version, one after the other", "bare http2", ms.ours, ms.bare),
      row("the same, grpc-js alone", "bare http2", ms.grpc, ms.bare),
      row("ListPodSandbox, one after the other", "bare http2", ms.oursList, ms.bareList),
      row("the same, grpc-js alone", "bare http2", ms.grpcList, ms.bareList),
      row(`${width} Versions at once`, "bare http2", ms.oursMany, ms.bareMany, throughput(ms.oursMany)),
      row("the same, grpc-js alone", "bare http2", ms.grpcMany, ms.bareMany, throughput(ms.grpcMany)),
    ];
  } finally {
    session.close();
    client.close();
    connection.close();
  }
}

function throughput(ms) {
  return { "calls a second": Math.round((width / ms) * 1_000) };
}
