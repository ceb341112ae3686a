// bare-http2.js as a program of one file, as our bundle is: bare-http2-main SOCKET PATH. An ES module starts some 9 ms later.
"use strict";
const { connect: connectHttp2 } = require("node:http2");
const { connect: connectSocket } = require("node:net");

const [, , socket, path] = process.argv;
const session = connectHttp2("http://localhost", { createConnection: () => connectSocket(socket) });
const stream = session.request({
  ":method": "POST",
  ":path": path,
  "content-type": "application/grpc",
  te: "trailers",
});
let bytes = 0;
stream.on("data", (chunk) => (bytes += chunk.length));
stream.on("trailers", (headers) => {
  session.close();
  process.exit(headers["grpc-status"] === "0" ? 0 : 1);
});
stream.end(Buffer.from([0, 0, 0, 0, 0]));
