import { stat } from "node:fs/promises";
import { UsageError } from "../../errors.ts";
import { Scope } from "../../lifetime.ts";
import type { ImageSource } from "../../oci/image-source.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { loadView } from "../views/load.ts";
import { platform } from "../words.ts";

/** `crikit load`: images from an archive or a folder into the runtime. */
export const load = command({
  about:
    "Takes an OCI layout, as a folder or a tar, and what 'docker save' writes; plain, gzip, or zstd where Node has it. " +
    "Every blob is verified before anything is named. Only containerd can be given images.",
  examples: ["crikit load busybox.tar", "crikit load -i busybox.tar --tag registry.test/busybox:1.0", "crikit load -"],
  formats: ["text", "json", "yaml"],
  words: (words) =>
    words
      .argument("[file]", "the archive or folder; - for standard input")
      .option("-i, --input <file>", "the same")
      .option("--tag <name>", "what to call the image, if the archive holds one")
      .option("--platform <os/arch>", "which one of an image for many (default: this machine's)", platform),
  run: async ({ args: [file], options }, { connect, signal, stdin, say }) => {
    const { input = file, tag, platform: wanted } = options;
    if (input === undefined || (file !== undefined && options.input !== undefined)) {
      throw new UsageError("name one archive, or - for standard input");
    }
    await using scope = new Scope();
    say(`reading ${input}`);
    const source = await open(input, { signal, stdin }, scope);
    const { loadImages } = await import("../../images/load.ts");
    const images = await loadImages(await connect(), source, { tag, platform: wanted, signal, onProgress: say });
    return { data: images, view: loadView };
  },
});

async function open(
  path: string,
  { signal, stdin }: Pick<Context, "signal" | "stdin">,
  scope: Scope,
): Promise<ImageSource> {
  const { archiveFile, openArchive } = await import("../../oci/archive.ts");
  if (path === "-") return scope.use(await openArchive({ where: "standard input", bytes: stdin() }, signal));
  if ((await stat(path)).isDirectory()) {
    const { openLayoutFolder } = await import("../../oci/layout.ts");
    return openLayoutFolder(path);
  }
  return scope.use(await openArchive(archiveFile(path), signal));
}
