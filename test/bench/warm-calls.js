// Calls on a connection that is up, and what each layer costs: node:http2 or our own HTTP/2, then grpc-js or crikit on top.
import { Client, credentials } from "@grpc/grpc-js";
import { openSocket } from "../../dist/rpc/byte-socket.js";
import { parseEndpoint } from "../../dist/rpc/endpoint.js";
import { Http2Connection } from "../../dist/rpc/http2/connection.js";
import { requestHeaders } from "../../dist/rpc/request-headers.js";
import { call, open } from "./bare-http2.js";
import { inTurns, row } from "./measure.js";

const rounds = 60;
/** Calls one after the other that are measured as one: the first of them still pays for what was done before. */
const inARow = 20;
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
  const own = new Http2Connection((events) => openSocket(parseEndpoint(socket), events), 5_000);
  /** The same over our own HTTP/2 and nothing around it. */
  const ownCall = (path) =>
    new Promise((resolve) => {
      let bytes = 0;
      const stream = own.request(requestHeaders(path), {
        onHeaders: () => undefined,
        onData: (piece) => (bytes += piece.length),
        onEnd: () => resolve(bytes),
      });
      void stream.write(Buffer.alloc(5), true);
    });
  const oneByOne = (one) => async () => {
    for (let count = 0; count < inARow; count++) await one();
  };
  const many = (one) => () => Promise.all(Array.from({ length: width }, one));
  try {
    const ms = await inTurns(
      {
        bare: oneByOne(() => call(session, version)),
        grpc: oneByOne(() => grpc(version)),
        own: oneByOne(() => ownCall(version)),
        ours: oneByOne(() => connection.runtime.version({})),
        bareList: oneByOne(() => call(session, pods)),
        grpcList: oneByOne(() => grpc(pods)),
        oursList: oneByOne(() => connection.runtime.listPodSandbox({})),
        bareMany: many(() => call(session, version)),
        grpcMany: many(() => grpc(version)),
        ownMany: many(() => ownCall(version)),
        oursMany: many(() => connection.runtime.version({})),
      },
      rounds,
    );
    return [
      row("Version, one after the other", "bare http2", ms.ours / inARow, ms.bare / inARow),
      row("the same, our HTTP/2 alone", "bare http2", ms.own / inARow, ms.bare / inARow),
      row("the same, grpc-js alone", "bare http2", ms.grpc / inARow, ms.bare / inARow),
      row("ListPodSandbox, one after the other", "bare http2", ms.oursList / inARow, ms.bareList / inARow),
      row("the same, grpc-js alone", "bare http2", ms.grpcList / inARow, ms.bareList / inARow),
      row(`${width} Versions at once`, "bare http2", ms.oursMany, ms.bareMany, throughput(ms.oursMany)),
      row("the same, our HTTP/2 alone", "bare http2", ms.ownMany, ms.bareMany, throughput(ms.ownMany)),
      row("the same, grpc-js alone", "bare http2", ms.grpcMany, ms.bareMany, throughput(ms.grpcMany)),
    ];
  } finally {
    session.close();
    own.close();
    client.close();
    connection.close();
  }
}

function throughput(ms) {
  return { "calls a second": Math.round((width / ms) * 1_000) };
}
