import { execFileSync } from "node:child_process";
import { fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** What `buf` makes of proto/: descriptors with their comments, Google's own among them. A fresh copy each time. */
export function compiledProtos(): FileDescriptorSet {
  return fromBinary(FileDescriptorSetSchema, compiled);
}

const compiled = execFileSync("node_modules/.bin/buf", ["build", "proto", "-o", "-#format=binpb"], {
  maxBuffer: 1 << 26,
});
