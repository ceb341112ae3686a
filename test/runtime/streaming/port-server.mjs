// A server for port-forward, to be run in a pod's network namespace. A connection's first line says how many bytes follow
// and how many to send: it answers with the hash of the former and the latter, whether its client has ended or not.
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import process from "node:process";
import { Readable } from "node:stream";

const block = Buffer.alloc(65_536);

function* zeros(lengthBytes) {
  for (let left = lengthBytes; left > 0; left -= block.length) yield block.subarray(0, left);
}

const server = createServer({ allowHalfOpen: true }, (socket) => {
  const hash = createHash("sha256");
  let head = Buffer.alloc(0);
  let wanted;
  let down = 0;
  const take = (chunk) => {
    const part = chunk.subarray(0, wanted);
    hash.update(part);
    wanted -= part.length;
    if (wanted > 0) return;
    socket.off("data", onData);
    socket.write(`${hash.digest("hex")}  -\n`);
    Readable.from(zeros(down)).pipe(socket);
    socket.resume();
  };
  const onData = (chunk) => {
    if (wanted !== undefined) return take(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\n");
    if (end < 0) return;
    [wanted, down] = head.subarray(0, end).toString().split(" ").map(Number);
    take(head.subarray(end + 1));
  };
  socket.on("data", onData);
  socket.on("error", () => undefined);
});
server.listen(9000, "127.0.0.1", () => process.stdout.write("ready\n"));
process.stdin.on("end", () => process.exit()).resume();
