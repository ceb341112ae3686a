import { expect, test } from "vitest";
import { UsageError } from "../../../src/errors.ts";
import { parseSubject } from "../../../src/lookup/parse-subject.ts";

const show = (word: string): readonly string[] =>
  parseSubject(word).map(({ kind, ...rest }) => `${kind} ${Object.values(rest).join(" ")}`);

test.each([
  ["80", ["pid 80", "port 80"]],
  ["70000", ["pid 70000"]],
  ["4194305", ["inode 4194305"]],
  ["4026532177", ["inode 4026532177"]],
  ["net:[4026532177]", ["inode 4026532177"]],
  ["4:4026532177", ["inode 4 4026532177"]],
  ["10.1.2.3", ["ip 10.1.2.3"]],
  ["FD00:0:0::7", ["ip fd00::7"]],
  ["veth1a2b3c4d", ["veth veth1a2b3c4d"]],
  ["pid:80", ["pid 80"]],
  ["port:80", ["port 80"]],
  ["ip:::1", ["ip ::1"]],
  ["inode:4026532177", ["inode 4026532177"]],
  ["veth:eth0", ["veth eth0"]],
])("%s means %j", (word, expected) => {
  expect(show(word)).toEqual(expected);
});

test.each(["", "0", "..", "a/b", "a b", "sixteen-letters-", "port:70000", "pid:x", "pid:", "ip:1.2.3"])(
  "%j is refused",
  (word) => {
    expect(() => parseSubject(word)).toThrow(UsageError);
  },
);
