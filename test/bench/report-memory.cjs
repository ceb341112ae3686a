// Preloaded: writes the most memory that the process had, in KiB, to its file descriptor 3 when it ends.
"use strict";
const { writeSync } = require("node:fs");
process.once("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)));
