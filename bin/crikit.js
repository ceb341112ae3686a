#!/usr/bin/env node
"use strict";
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`crikit: Node.js 20.19 or newer is needed, this is ${process.versions.node}\n`);
  process.exit(2);
}
require("./bundle.js").start();
