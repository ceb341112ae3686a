// Makes dist/crikit-linux-ARCH out of dist/bundle, for machines without Node: crikit, its protos and its engine in one file. By Bun's
// compiler. For this machine's ARCH, or for the one that is named: node hack/build-executable.js [x64|arm64]
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { arch as ownArch, argv } from "node:process";

const require = createRequire(import.meta.url);
const bunArchs = { x64: "x64", arm64: "aarch64" }; // as Bun's npm packages call them
const [, , arch = ownArch] = argv;
if (bunArchs[arch] === undefined) throw new TypeError(`'${arch}' is none of ${Object.keys(bunArchs).join(", ")}`);
const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const out = `dist/crikit-linux-${arch}`;
const scratch = mkdtempSync("dist/crikit-executable-"); // where its packages are found
try {
  cpSync("dist/bundle", scratch, { recursive: true });
  cpSync("proto", join(scratch, "proto"), { recursive: true, filter: (path) => !/\.(?:yaml|md)$/u.test(path) });
  cpSync("package.json", join(scratch, "package.json"));
  changeForBun(scratch);
  execFileSync(
    resolve("node_modules/.bin/bun"),
    [
      "build",
      "--compile",
      "--bytecode",
      "--format=cjs",
      "--minify-whitespace",
      // Code that runs once is not worth compiling: 2 of 20 ms of `ps -q`. What runs for longer is compiled later than usual.
      "--compile-jit-policy=10",
      // Else it obeys an .env and runs what a bunfig.toml names, in whatever folder it is started.
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      `--target=bun-linux-${arch}`,
      ...(arch === ownArch ? [] : [`--compile-executable-path=${engineFor(arch)}`]),
      "main.cjs",
      "--asset=proto",
      "--asset=package.json",
      `--outfile=${resolve(out)}`,
    ],
    { cwd: scratch, stdio: ["ignore", "ignore", "inherit"] },
  );
} finally {
  rmSync(scratch, { recursive: true });
}
console.log(`${out}: crikit ${version}`);

/**
 * What the program reads from its package is two folders up from its files: in the executable that is where Bun shows what it has
 * embedded.
 */
function changeForBun(folder) {
  const before = 'require("url").pathToFileURL(__filename).href';
  const after = '"file:///$bunfs/root/dist/bundle/x"';
  let found = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".cjs"))) {
    const parts = readFileSync(join(folder, file), "utf8").split(before);
    found += parts.length - 1;
    if (parts.length > 1) writeFileSync(join(folder, file), parts.join(after));
  }
  if (found !== 2) throw new TypeError(`${before} is in the bundle ${found} times, not twice`);
}

/** Bun for another machine, as npm has it. */
function engineFor(other) {
  const { version: bun } = require("bun/package.json");
  const name = `@oven/bun-linux-${bunArchs[other]}@${bun}`;
  const words = ["pack", "--silent", "--pack-destination", scratch, name];
  const archive = execFileSync("npm", words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
  execFileSync("tar", ["-xzf", join(scratch, archive), "-C", scratch, "package/bin/bun"]);
  return resolve(scratch, "package/bin/bun");
}
