// A runtime with as many containers as are asked for, and pods a tenth of that: large-runtime.js SOCKET COUNT
//
// Over bare http2 with answers encoded beforehand, so that what is measured is who asks.
import { createServer } from "node:http2";
import process, { argv } from "node:process";
import { ListContainersResponse, ListPodSandboxResponse } from "../../dist/gen/runtime/v1/api.js";

const count = Number(argv[3]);
const id = (at) => String(at).padStart(64, "0");
const created = 1_700_000_000_000_000_000n;

function framed(bytes) {
  const head = Buffer.alloc(5); // not compressed
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

const answers = {
  "/runtime.v1.RuntimeService/ListContainers": framed(
    ListContainersResponse.encode(
      ListContainersResponse.fromPartial({
        containers: Array.from({ length: count }, (_, at) => ({
          id: id(at),
          podSandboxId: id(Math.floor(at / 10)),
          metadata: { name: `container-${at}`, attempt: 0 },
          image: { image: `sha256:${id(at % 20)}` },
          imageRef: `sha256:${id(at % 20)}`,
          state: 1,
          createdAt: created,
          labels: {
            "io.kubernetes.pod.name": `pod-${Math.floor(at / 10)}`,
            "io.kubernetes.pod.namespace": "default",
            "io.kubernetes.pod.uid": id(at).slice(0, 36),
          },
        })),
      }),
    ).finish(),
  ),
  "/runtime.v1.RuntimeService/ListPodSandbox": framed(
    ListPodSandboxResponse.encode(
      ListPodSandboxResponse.fromPartial({
        items: Array.from({ length: count / 10 }, (_, at) => ({
          id: id(at),
          metadata: { name: `pod-${at}`, namespace: "default", uid: id(at).slice(0, 36), attempt: 0 },
          state: 0,
          createdAt: created,
        })),
      }),
    ).finish(),
  ),
};

const server = createServer();
server.on("stream", (stream, headers) => {
  const answer = answers[headers[":path"]];
  const status = answer === undefined ? 12 : 0; // UNIMPLEMENTED
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true, endStream: false });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(status) }));
  stream.on("error", () => undefined);
  stream.end(answer);
});
server.listen(argv[2], () => process.send?.("ready"));
