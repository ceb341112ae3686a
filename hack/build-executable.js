// Makes dist/crikit-linux-x64 out of dist/bundle: crikit and its engine in one file, for machines without Node. Bun's compiler.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const out = "dist/crikit-linux-x64";
const scratch = mkdtempSync("dist/crikit-executable-"); // where its packages are found
try {
  cpSync("dist/bundle", scratch, { recursive: true });
  // What the program reads from its package is two folders up from its files. hack/install puts it at PREFIX/lib/crikit,
  // and the executable at PREFIX/bin.
  const home =
    'require("url").pathToFileURL(require("path").join(require("fs").realpathSync(process.execPath),"../../lib/crikit/dist/bundle/x")).href';
  const known = /require\("url"\)\.pathToFileURL\(__filename\)\.href/gu;
  let places = 0;
  for (const name of readdirSync(scratch).filter((file) => file.endsWith(".cjs"))) {
    const file = join(scratch, name);
    const before = readFileSync(file, "utf8");
    const after = before.replace(known, () => {
      places++;
      return home;
    });
    if (after !== before) writeFileSync(file, after);
  }
  if (places !== 2)
    throw new TypeError(`the bundle asks for its own place ${places} times, not for its version and its protos`);
  execFileSync(
    "node_modules/.bin/bun",
    [
      "build",
      "--compile",
      "--bytecode",
      "--format=cjs",
      "--target=bun-linux-x64",
      join(scratch, "main.cjs"),
      "--outfile",
      out,
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
} finally {
  rmSync(scratch, { recursive: true });
}
console.log(`${out}: crikit ${version}`);
