// A runtime with as many containers as are asked for, and pods a tenth of that: large-runtime.js SOCKET COUNT [streamed]
//
// Over bare http2 with answers encoded beforehand, so that what is measured is who asks. `streamed`: one answer is refused as too
// large, and there are portions of 1,000.
import { createServer } from "node:http2";
import process, { argv } from "node:process";
import {
  ListContainersResponse,
  ListPodSandboxResponse,
  StreamContainersResponse,
  StreamPodSandboxesResponse,
} from "../../dist/gen/runtime/v1/api.js";

const [, , socket, wanted, how] = argv;
const count = Number(wanted);
const created = 1_700_000_000_000_000_000n;
const [ok, resourceExhausted, unimplemented] = ["0", "8", "12"];

const id = (at) => String(at).padStart(64, "0");

const containers = Array.from({ length: count }, (_, at) => ({
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
}));
const pods = Array.from({ length: count / 10 }, (_, at) => ({
  id: id(at),
  metadata: { name: `pod-${at}`, namespace: "default", uid: id(at).slice(0, 36), attempt: 0 },
  state: 0,
  createdAt: created,
}));

function framed(codec, message) {
  const bytes = codec.encode(codec.fromPartial(message)).finish();
  const head = Buffer.alloc(5); // not compressed
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function portions(items, key, codec) {
  const starts = Array.from({ length: Math.ceil(items.length / 1_000) }, (_, at) => at * 1_000);
  return starts.map((start) => framed(codec, { [key]: items.slice(start, start + 1_000) }));
}

const answers =
  how === "streamed"
    ? {
        ListContainers: resourceExhausted,
        ListPodSandbox: resourceExhausted,
        StreamContainers: portions(containers, "containers", StreamContainersResponse),
        StreamPodSandboxes: portions(pods, "podSandboxes", StreamPodSandboxesResponse),
      }
    : {
        ListContainers: [framed(ListContainersResponse, { containers })],
        ListPodSandbox: [framed(ListPodSandboxResponse, { items: pods })],
      };

const server = createServer();
server.on("stream", (stream, headers) => {
  const answer = answers[headers[":path"].split("/").at(-1)] ?? unimplemented;
  const [frames, status] = Array.isArray(answer) ? [answer, ok] : [[], answer];
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true, endStream: false });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }));
  stream.on("error", () => undefined);
  for (const frame of frames) stream.write(frame);
  stream.end();
});
server.listen(socket, () => process.send?.("ready"));
