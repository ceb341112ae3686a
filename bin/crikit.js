#!/usr/bin/env node
import * as module from "node:module";
import { mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`crikit: Node.js 20.19 or newer is needed, this is ${process.versions.node}\n`);
  process.exit(2);
}

cacheCompiledCode();
await import("../dist/cli/main.js");

/** Starts faster from the second time on. Cached code is run as it is, so its folder has to be the user's own. */
function cacheCompiledCode() {
  if (module.enableCompileCache === undefined) return; // before Node 22.1
  try {
    const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "crikit");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(folder);
    if (uid === process.getuid?.() && (mode & 0o022) === 0) module.enableCompileCache(folder);
  } catch {
    // No home, or a read-only one: it starts without.
  }
}
