import { resolve } from "node:path";
import type { CopyEnd } from "../../copy/copy.ts";
import { UsageError } from "../../errors.ts";
import { resolveContainers } from "../../inventory/resolve.ts";
import { command } from "../command.ts";
import type { RuntimeLine } from "../context.ts";
import { streamingOptions, streamingWords } from "../streaming-words.ts";
import { copiedView } from "../views/copied.ts";
import { oneOf } from "../words.ts";

/** `crikit cp`: files from and to containers. */
export const cp = command({
  about:
    "One side is CONTAINER:PATH, the other a path here, or of another container. Into a folder that is there, else under the " +
    "last name of the destination; FOLDER/. means what is in it. Modes, times and links are kept. It goes through the " +
    "container's tar; where there is none, through the container's root on the runtime's machine, and no link in the " +
    "container leads out of it. What comes here belongs to who runs this, without set-user-id, unless -a.",
  examples: [
    "crikit cp web/app:/etc/nginx .",
    "crikit cp ./site/. web/app:/srv/www",
    "crikit cp one:/data/file two:/data/",
  ],
  formats: ["text", "json", "yaml"],
  words: (words) =>
    streamingWords(
      words
        .argument("<from>", "CONTAINER:PATH, or a path")
        .argument("<to>", "the same; one of the two is a container's")
        .option("-a, --archive", "keep owners and the set-user-id bits")
        .option("--via <way>", "tar or root alone (default: what can do it)", oneOf("tar", "root")),
    ),
  run: async ({ args, options }, context) => {
    const ends = args.map(endOf);
    if (ends.every(({ container }) => container === undefined)) {
      throw new UsageError("neither of them is a container's: write CONTAINER:PATH", {
        hint: "a path here with a colon in it is written ./PATH",
      });
    }
    const line = await context.connect();
    const [from, to] = await Promise.all(ends.map((end) => found(end, line)));
    const { copy } = await import("../../copy/copy.ts");
    context.say(`copying ${args[0]}`);
    const streaming = await streamingOptions(options, line);
    const data = await copy(
      line,
      { from: from as CopyEnd, to: to as CopyEnd },
      { ...options, streaming, way: options.via },
    );
    return { data, view: copiedView };
  },
});

interface End {
  readonly container: string | undefined;
  readonly path: string;
}

/** A path here begins with a slash or a dot, or has no colon. */
function endOf(word: string): End {
  const colon = /^[/.]/u.test(word) ? -1 : word.indexOf(":");
  if (colon < 0) return { container: undefined, path: withEnding(resolve(word), word) };
  const path = word.slice(colon + 1);
  if (colon === 0 || path === "") throw new UsageError(`'${word}' is no CONTAINER:PATH`);
  return { container: word.slice(0, colon), path: path.startsWith("/") ? path : `/${path}` };
}

/** `resolve` takes away what tells a folder from what is in it. */
function withEnding(path: string, word: string): string {
  const ending = /(?:^|\/)\.$/u.test(word) ? "/." : word.endsWith("/") ? "/" : "";
  return path === "/" ? path : path + ending;
}

async function found({ container, path }: End, line: RuntimeLine): Promise<CopyEnd> {
  if (container === undefined) return { kind: "host", path };
  const [one] = await resolveContainers(line.runtime, [container], line.call);
  return { kind: "container", containerId: one?.id ?? "", path };
}
