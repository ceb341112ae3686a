import { type DescriptorProto, type EnumDescriptorProto, type FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { compiledProtos } from "./compiled-protos.ts";

/** Where a descriptor keeps its parts; a location is a path of these numbers and of positions. @see descriptor.proto */
const inFile = { message: 4, enum: 5, service: 6 };
const inMessage = { field: 2, message: 3, enum: 4 };
const inService = { method: 2 };

function* elementsOf(file: FileDescriptorProto): Generator<{ name: string; path: readonly number[] }> {
  for (const [at, message] of file.messageType.entries())
    yield* elementsOfMessage(message, file.package, [inFile.message, at]);
  for (const [at, one] of file.enumType.entries()) yield enumElement(one, file.package, [inFile.enum, at]);
  for (const [at, { name, method }] of file.service.entries()) {
    const path = [inFile.service, at];
    yield { name: `${file.package}.${name}`, path };
    for (const [index, rpc] of method.entries())
      yield { name: `${file.package}.${name}/${rpc.name}`, path: [...path, inService.method, index] };
  }
}

function* elementsOfMessage(
  message: DescriptorProto,
  scope: string,
  path: readonly number[],
): Generator<{ name: string; path: readonly number[] }> {
  if (message.options?.mapEntry === true) return;
  const name = `${scope}.${message.name}`;
  yield { name, path };
  for (const [at, field] of message.field.entries())
    yield { name: `${name}.${field.name}`, path: [...path, inMessage.field, at] };
  for (const [at, nested] of message.nestedType.entries())
    yield* elementsOfMessage(nested, name, [...path, inMessage.message, at]);
  for (const [at, nested] of message.enumType.entries()) yield enumElement(nested, name, [...path, inMessage.enum, at]);
}

function enumElement({ name }: EnumDescriptorProto, scope: string, path: readonly number[]) {
  return { name: `${scope}.${name}`, path };
}

test("every message, field, enum, service and call of our protos has a comment", () => {
  const silent = compiledProtos()
    .file.filter((file) => !file.package.startsWith("google.protobuf"))
    .flatMap((file) => {
      const said = new Map(
        file.sourceCodeInfo?.location.map(({ path, leadingComments }) => [path.join(), leadingComments.trim()]),
      );
      return [...elementsOf(file)].filter(({ path }) => (said.get(path.join()) ?? "") === "").map(({ name }) => name);
    });
  expect(silent).toEqual([]);
});
