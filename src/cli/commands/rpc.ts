import type { DynamicCall } from "../../dynamic/call.ts";
import type { MethodDescription } from "../../dynamic/describe.ts";
import type { Schema } from "../../dynamic/schema.ts";
import { UsageError } from "../../errors.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import type { Outcome } from "../outcome.ts";
import { toJson } from "../views/json.ts";
import { descriptionView, methodsView } from "../views/rpc.ts";
import { collect } from "../words.ts";

/** `crikit rpc`: any method of any proto, by its name. */
export const rpc = command({
  about:
    "The request is JSON, {} when absent, - for standard input; the answer is JSON too, and of a streaming method one " +
    "after the other. Fields are in camelCase or as the proto has them. crikit brings CRI v1 and containerd's services.",
  examples: [
    "crikit rpc RuntimeService/Version",
    `crikit rpc ListPodSandbox '{"filter":{"labelSelector":{"app":"web"}}}'`,
    "crikit rpc Namespaces/List",
    "crikit rpc --list",
    "crikit rpc --describe PodSandboxConfig",
  ],
  formats: ["text", "json", "jsonl", "yaml"],
  words: (words) =>
    words
      .argument("[method]", "SERVICE/METHOD, or as much of it as is unmistakable")
      .argument("[request]", "the request as JSON; - for standard input")
      .option("--list", "list services and methods")
      .option("--describe <name>", "show a service, a method, a message or an enum")
      .option("--proto <file>", "use this .proto file in place of crikit's; may be repeated", collect)
      .option("--namespace <name>", "the namespace for containerd's own services", "k8s.io"),
  complete: { method: completeMethod },
  run: async ({ args: [method, request], options }, context): Promise<Outcome<unknown>> => {
    const { list, describe: wanted, proto, namespace } = options;
    if ([method, list, wanted].filter((word) => word !== undefined).length !== 1) {
      throw new UsageError("name one method, or use --list or --describe");
    }
    const schema = (await import("../../dynamic/schema.ts")).loadSchema(proto);
    if (method !== undefined) {
      const text = request === "-" ? await textOf(context.stdin()) : request;
      return call(schema, { method, request: text, namespace }, context);
    }
    const { describe, listMethods } = await import("../../dynamic/describe.ts");
    if (wanted === undefined) {
      const methods = listMethods(schema);
      return { data: methods, view: () => methodsView(methods) };
    }
    const description = describe(schema, wanted);
    return { data: description, view: () => descriptionView(description) };
  },
});

async function call(schema: Schema, wanted: DynamicCall, { connect }: Context): Promise<Outcome<unknown>> {
  const { callByName } = await import("../../dynamic/call.ts");
  const { findMethod } = await import("../../dynamic/schema.ts");
  const { service } = findMethod(schema, wanted.method); // a wrong name is told before a runtime is looked for
  const line = await connect();
  const caller = service === "runtime.v1.ImageService" ? line.imageCaller : line.caller;
  const answer = await callByName(caller, schema, { ...wanted, ...line.call });
  const view = (message: unknown): string => toJson(message);
  return answer.kind === "one" ? { data: answer.answer, view } : { items: answer.answers, view };
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** Service and method without the package, as they are typed. */
async function completeMethod(): Promise<readonly { value: string; about: string }[]> {
  const { listMethods } = await import("../../dynamic/describe.ts");
  const { loadSchema } = await import("../../dynamic/schema.ts");
  return listMethods(loadSchema()).map(({ name, comment }: MethodDescription) => ({
    value: name.replace(/^.*\.(?=[^.]+\/)/u, ""),
    about: comment.replaceAll("\n", " ").split(". ")[0] ?? "",
  }));
}
