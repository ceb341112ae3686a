import type { Duplex } from "node:stream";

type Done = (error?: Error | null) => void;

/**
 * Lets a socket be read to its end although writing to it has failed. A server that is done with a process closes the
 * connection while we may still be sending input; Node then destroys the socket, and with it the server's last word, which
 * the kernel has already received. The failure is told to `onFailure` instead, and later writes are dropped.
 */
export function keepReading(socket: Duplex, onFailure: (error: Error) => void): void {
  let hasFailed = false;
  const settle =
    (done: Done): Done =>
    (error) => {
      if (error) {
        hasFailed = true;
        onFailure(error);
      }
      done();
    };
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, done) => (hasFailed ? done() : write(chunk, encoding, settle(done)));
  const writev = socket._writev?.bind(socket);
  if (writev) socket._writev = (chunks, done) => (hasFailed ? done() : writev(chunks, settle(done)));
}
