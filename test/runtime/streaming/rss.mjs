// Loaded with --import: writes the peak of the process's memory, in bytes, to the file that CRIKIT_TEST_RSS names.
import { writeFileSync } from "node:fs";
import process from "node:process";

process.on("exit", () => {
  writeFileSync(process.env.CRIKIT_TEST_RSS, String(process.resourceUsage().maxRSS * 1_024));
});
