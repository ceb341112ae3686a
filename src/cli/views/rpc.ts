import type { Description, FieldDescription, MethodDescription } from "../../dynamic/describe.ts";
import { table } from "./table.ts";

/** Methods as a table: what each takes and gives. */
export function methodsView(methods: readonly MethodDescription[]): string {
  return table(
    [
      { head: "METHOD", cell: ({ name }) => name },
      { head: "REQUEST", cell: ({ request, requestStream }) => streamOf(request, requestStream) },
      { head: "RESPONSE", cell: ({ response, responseStream }) => streamOf(response, responseStream) },
    ],
    methods,
    { minWidth: 0 },
  );
}

/** One thing of a proto, written as a proto writes it. */
export function descriptionView(description: Description): string {
  const { kind, name, comment } = description;
  switch (kind) {
    case "method":
      return [...commentOf(comment), signatureOf(description, name)].join("\n");
    case "service":
      return block(
        comment,
        `service ${name}`,
        description.methods.map((method) => [
          ...commentOf(method.comment),
          signatureOf(method, method.name.split("/")[1] ?? method.name),
        ]),
      );
    case "message":
      return block(
        comment,
        `message ${name}`,
        description.fields.map((field) => [...commentOf(field.comment), fieldOf(field)]),
      );
    case "enum":
      return block(
        comment,
        `enum ${name}`,
        description.values.map((value) => [...commentOf(value.comment), `${value.name} = ${value.number};`]),
      );
  }
}

function block(comment: string, head: string, entries: readonly (readonly string[])[]): string {
  const inner = entries.flat().map((line) => `  ${line}`);
  return [...commentOf(comment), `${head} {`, ...inner, "}"].join("\n");
}

function commentOf(comment: string): string[] {
  return comment === "" ? [] : comment.split("\n").map((line) => `// ${line}`.trimEnd());
}

function signatureOf({ request, requestStream, response, responseStream }: MethodDescription, name: string): string {
  return `rpc ${name}(${streamOf(request, requestStream)}) returns (${streamOf(response, responseStream)});`;
}

function streamOf(message: string, isStream: boolean): string {
  return isStream ? `stream ${message}` : message;
}

function fieldOf({ type, name, number, oneof }: FieldDescription): string {
  return `${type} ${name} = ${number};${oneof === null ? "" : ` // one of ${oneof}`}`;
}
