import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

// A script of plain JavaScript: Node 20 runs it without a build.
const { roff } = (await import("../../../hack/man-page.js" as string)) as { roff: (text: string) => string };

test("what roff would obey is text", () => {
  expect(roff(".so /etc/passwd\n'br")).toBe("\\&.so /etc/passwd\n\\(aqbr");
  expect(roff("a\\fB -x ~ ^ `b`")).toBe("a\\efB \\-x \\(ti \\(ha \\(gab\\(ga");
  expect(roff("path,… 🐋")).toBe("path,\\[u2026] \\[u1F40B]");
});

const hasGroff = spawnSync("groff", ["--version"]).status === 0;

test.skipIf(!hasGroff)("and groff prints it as it was", () => {
  const hostile = "-o 'x' \"y\" \\n \\*(lq .PP ~/.cache ^a `b` \\fBc %d | …\n.TH a 1\n'ig\n\\.";
  const { stdout, stderr } = spawnSync("groff", ["-Tutf8", "-P-c", "-man", "-ww"], {
    input: `.TH A 1\n.nf\n${roff(hostile)}\n`,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  for (const line of hostile.split("\n")) expect(stdout).toContain(line);
});
