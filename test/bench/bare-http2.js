// The floor: one gRPC call over node:http2 and nothing around it.
import { connect as connectHttp2 } from "node:http2";
import { connect as connectSocket } from "node:net";

/** A session on a unix socket. */
export function open(socket) {
  return connectHttp2("http://localhost", { createConnection: () => connectSocket(socket) });
}

/** Calls a method with an empty message; settles with the length of the answer. */
export function call(session, path) {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    let bytes = 0;
    stream.on("data", (chunk) => (bytes += chunk.length));
    stream.on("error", reject);
    stream.on("trailers", (headers) =>
      headers["grpc-status"] === "0" ? resolve(bytes) : reject(new TypeError(headers["grpc-message"])),
    );
    stream.end(Buffer.from([0, 0, 0, 0, 0])); // not compressed, no bytes: a message whose fields are all zero
  });
}
