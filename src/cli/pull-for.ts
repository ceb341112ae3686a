import type { PulledImage, PullOptions } from "../images/pull.ts";
import type { Context } from "./context.ts";
import type { PullSettings } from "./pull-words.ts";
import { pullText } from "./views/pull.ts";

/** What a pull may be told beside the image's name. */
type PullDetails = Pick<PullOptions, "annotations" | "podSandboxConfig">;

/**
 * Makes the function that pulls for a command: with the credentials that its words, the environment and the files have for
 * each image, and with word of how far it is. It may be called for several images at once.
 */
export function pullFor(
  context: Context,
  { sources, timeoutMs }: PullSettings,
): (image: string, details?: PullDetails) => Promise<PulledImage> {
  const under = new Map<string, string>();
  const tell = (image: string, text: string | undefined): void => {
    if (text === undefined) under.delete(image);
    else under.set(image, text);
    // A log has a line for what has changed, a terminal one line for everything.
    if (text !== undefined) context.say(context.audience === "log" ? text : [...under.values()].join("; "));
  };
  return async (image, details = {}) => {
    const [{ credentialsFor }, { pullImage }] = await Promise.all([
      import("../registry/credentials.ts"),
      import("../images/pull.ts"),
    ]);
    const auth = await credentialsFor(image, sources);
    const line = await context.connect();
    let told = "";
    const onProgress: PullOptions["onProgress"] = (progress) => {
      // A log gets a line a layer, not one for each look.
      const step = context.audience === "log" ? `${progress.layersDone}` : JSON.stringify(progress);
      if (step !== told) tell(image, pullText(image, progress));
      told = step;
    };
    tell(image, pullText(image));
    try {
      return await pullImage(line, image, {
        ...details,
        ...line.call,
        auth,
        timeoutMs,
        onProgress: context.audience === "nobody" ? undefined : onProgress,
      });
    } finally {
      tell(image, undefined);
    }
  };
}
