/** What the demo's containers run. Each needs nothing but a POSIX shell and busybox's applets. */

/** The page that `web` serves and `probe` fetches. */
export const page = "hello from inside the pod";

/** busybox httpd on port 80, as the container's first process. */
export const serve = ["sh", "-c", `mkdir -p /www && echo '${page}' > /www/index.html && exec httpd -f -p 80 -h /www`];

/** A process that does nothing and ends at once when it is told to. */
export const idle = ["sh", "-c", "trap 'exit 0' TERM INT; sleep 3600 & wait"];

/** The addresses as busybox prints them. */
export const showAddresses = ["ip", "addr"];

/** The page, from the pod's own loopback device. `web` may need a moment to listen. (Debian's busybox crashes on `wget -T`.) */
export const fetchPage = [
  "sh",
  "-c",
  "for try in 1 2 3 4 5 6 7 8 9 10; do wget -q -O - http://127.0.0.1/ && exit 0; usleep 100000; done; exit 1",
];
