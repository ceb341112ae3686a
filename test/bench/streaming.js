// exec over WebSocket against SPDY, and against the one RPC of ExecSync; a forwarded port against the same bytes over exec.
import { createConnection } from "node:net";
import { Writable } from "node:stream";
import { once } from "node:events";
import { busyboxImage } from "../../dist/images/lab-images.js";
import { PodSandbox } from "../../dist/sandbox/pod-sandbox.js";
import { exec } from "../../dist/streaming/exec.js";
import { execSync } from "../../dist/streaming/exec-sync.js";
import { portForward } from "../../dist/streaming/port-forward.js";
import { inTurns, row } from "./measure.js";

const megabytes = 50;
const bytes = megabytes * 1_000_000;
const transports = ["spdy", "websocket"];

/** Five rows. */
export async function measure({ lab, say }) {
  const connection = await lab.connect();
  const pod = await PodSandbox.run(connection, { name: "streaming" });
  try {
    const server = `while :; do head -c ${bytes} /dev/zero | nc -l -p 9000; done`;
    const box = await pod.start({ name: "box", image: busyboxImage, command: ["sh", "-c", server] });
    say("a program that does nothing");
    const command = ["true"];
    const short = await inTurns(
      {
        sync: () => execSync(connection, box.id, { command }),
        spdy: () => exec(connection, box.id, { command, transport: "spdy" }),
        websocket: () => exec(connection, box.id, { command, transport: "websocket" }),
      },
      20,
    );
    say(`${megabytes} MB each way`);
    const down = (transport) => async () => {
      const sink = counter();
      await exec(connection, box.id, {
        command: ["head", "-c", String(bytes), "/dev/zero"],
        stdout: sink.stream,
        transport,
      });
      sink.check();
    };
    // The program ends by itself: these servers' WebSocket cannot tell it that its input has ended.
    const up = (transport) => async () => {
      const sink = counter(String(bytes).length + 1);
      const words = ["sh", "-c", `head -c ${bytes} | wc -c`];
      await exec(connection, box.id, {
        command: words,
        stdin: zeros(),
        stdinEnds: false,
        stdout: sink.stream,
        transport,
      });
      sink.check();
    };
    const from = await inTurns(Object.fromEntries(transports.map((each) => [each, down(each)])), 3);
    const to = await inTurns(Object.fromEntries(transports.map((each) => [each, up(each)])), 3);
    say("a forwarded port");
    const forwards = await Promise.all(
      transports.map((transport) =>
        portForward(connection, pod.id, { ports: [{ local: 0, remote: 9000 }], transport }),
      ),
    );
    const ports = await inTurns(
      Object.fromEntries(transports.map((each, at) => [each, () => read(forwards[at].ports[0])])),
      3,
    );
    await Promise.all(forwards.map((forward) => forward.close()));
    return [
      row("exec of `true`, SPDY", "ExecSync", short.spdy, short.sync),
      row("exec of `true`, WebSocket", "ExecSync", short.websocket, short.sync),
      row("exec of `true`, WebSocket", "SPDY", short.websocket, short.spdy),
      row(`${megabytes} MB from a program, WebSocket`, "SPDY", from.websocket, from.spdy, { perSecond: rate(from) }),
      row(`${megabytes} MB to a program, WebSocket`, "SPDY", to.websocket, to.spdy, { perSecond: rate(to) }),
      row(`${megabytes} MB through a port, WebSocket`, "SPDY", ports.websocket, ports.spdy, { perSecond: rate(ports) }),
      row(`${megabytes} MB through a port, SPDY`, "exec, SPDY", ports.spdy, from.spdy),
    ];
  } finally {
    await pod.remove();
    connection.close();
  }
}

function rate({ spdy, websocket }) {
  const [a, b] = [websocket, spdy].map((ms) => Math.round(bytes / 1_000 / ms));
  return `${a} MB/s, ${b} MB/s`;
}

/** Throws away what comes, and knows how much it was. */
function counter(expected = bytes) {
  let seen = 0;
  const stream = new Writable({
    write(chunk, _, done) {
      seen += chunk.length;
      done();
    },
  });
  return {
    stream,
    check: () => {
      if (seen !== expected) throw new TypeError(`${seen} bytes came, not ${expected}`);
    },
  };
}

async function* zeros() {
  const piece = Buffer.alloc(65_536);
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, Math.min(left, piece.length));
}

async function read({ address, local }) {
  // The server listens again a moment after it has served the one before.
  for (let tries = 0; ; tries++) {
    const socket = createConnection({ host: address, port: local });
    socket.on("error", () => undefined);
    let seen = 0;
    socket.on("data", (chunk) => (seen += chunk.length));
    await once(socket, "close");
    if (seen === bytes) return;
    if (tries === 50) throw new TypeError(`${seen} bytes came through the port`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
