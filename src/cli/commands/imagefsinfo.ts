import { ImageFsInfoResponse } from "../../cri/messages.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import { command } from "../command.ts";
import { inspectFormats } from "../inspect.ts";
import { imageFsInfoView } from "../views/image-fs-info.ts";

/** `crikit imagefsinfo`: where images are kept, and what they take. */
export const imagefsinfo = command({
  examples: ["crikit imagefsinfo", "crikit imagefsinfo -o table"],
  formats: inspectFormats,
  run: async (_, { connect }) => {
    const { image, call } = await connect();
    const answer = await image.imageFsInfo({}, call);
    return {
      data: { status: toProtoJson(ImageFsInfoResponse, answer) },
      view: (__, terminal) => imageFsInfoView(answer, terminal),
    };
  },
});
