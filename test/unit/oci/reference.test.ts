import { expect, test } from "vitest";
import { UsageError } from "../../../src/errors.ts";
import { normalReference } from "../../../src/oci/reference.ts";

const digest = `sha256:${"a".repeat(64)}`;

test.each([
  ["busybox", "docker.io/library/busybox:latest"],
  ["busybox:1.36", "docker.io/library/busybox:1.36"],
  ["team/app", "docker.io/team/app:latest"],
  ["localhost/app", "localhost/app:latest"],
  ["localhost:5000/team/app:v1", "localhost:5000/team/app:v1"],
  ["quay.io/a/b_c.d-e", "quay.io/a/b_c.d-e:latest"],
  [`quay.io/a/b@${digest}`, `quay.io/a/b@${digest}`],
  [`quay.io/a/b:v1@${digest}`, `quay.io/a/b@${digest}`],
  ["docker.io/busybox", "docker.io/library/busybox:latest"],
  ["index.docker.io/team/app:1", "docker.io/team/app:1"],
  ["Host/app", "Host/app:latest"],
  ["host/app", "docker.io/host/app:latest"],
  ["[::1]:5000/a:b", "[::1]:5000/a:b"],
])("%s means %s, and that means itself", (text, normal) => {
  expect(normalReference(text)).toBe(normal);
  expect(normalReference(normal)).toBe(normal);
});

test.each([
  "",
  "Busybox",
  "a//b",
  "a:",
  "a b",
  "../x",
  "/a",
  "a@sha256:12",
  `a:${"t".repeat(129)}`,
  "a/b:c/d",
  `${"a/".repeat(130)}b`,
  "a\nb",
  "a".repeat(64),
  "a..b/c",
  "host:port/a",
  "-host.io/a",
])("%j is no name", (text) => expect(() => normalReference(text)).toThrow(UsageError));

test("a name as long as a book is refused at once and not repeated whole", () => {
  expect(() => normalReference("a-".repeat(4_000_000))).toThrow(/^'(?:a-){127}a…' is not the name of an image$/u);
});
