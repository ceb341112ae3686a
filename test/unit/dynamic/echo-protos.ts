import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Protos that a user might bring, in a folder that is gone with its block: every kind of field, every kind of call. */
export class EchoProtos implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "crikit-protos-"));
  readonly file = this.write("echo.proto", echo);

  constructor() {
    this.write("near/inner.proto", inner);
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

const echo = `
syntax = "proto3";
package test.v1;

import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/timestamp.proto";
import "near/inner.proto";
import "runtime/v1/api.proto";

// Says what it is told.
service Echo {
  // Once.
  rpc Say(Everything) returns (Everything);
  rpc SayAgain(Everything) returns (stream Everything);
  rpc Collect(stream Everything) returns (Everything);
  rpc Chat(stream Everything) returns (stream Everything);
}

// One of each.
message Everything {
  int32 i32 = 1;
  int64 i64 = 2;
  uint32 u32 = 3;
  uint64 u64 = 4;
  sint32 s32 = 5;
  sint64 s64 = 6;
  fixed32 f32 = 7;
  fixed64 f64 = 8;
  sfixed32 sf32 = 9;
  sfixed64 sf64 = 10;
  float float = 11;
  double double = 12;
  bool bool = 13;
  string string = 14;
  bytes bytes = 15;
  Kind kind = 16;
  // Inside.
  Inner inner = 17;

  repeated int64 many = 20;
  repeated bytes blobs = 21;
  repeated Kind kinds = 22;
  repeated Inner inners = 23;
  map<string, int64> counts = 24;
  map<int32, Kind> by_number = 25;
  map<bool, Inner> by_truth = 26;
  map<string, google.protobuf.Any> anys = 27;

  optional string maybe = 30;
  oneof choice {
    string text = 31;
    Inner other_inner = 32;
    Kind other_kind = 33;
  }

  google.protobuf.Timestamp at = 40;
  google.protobuf.Duration lasting = 41;
  google.protobuf.FieldMask mask = 42;
  google.protobuf.Any any = 43;
  repeated google.protobuf.Timestamp times = 44;
  runtime.v1.Mount mount = 45;

  string odd_name_1 = 50;
  string a_b_c = 51;
  string renamed = 52 [json_name = "other"];
  string old = 53 [deprecated = true];

  // A kind.
  enum Kind {
    NONE = 0;
    // The first.
    ONE = 1;
    TWO = 2;
    BELOW = -1;
  }
}
`;

const inner = `
syntax = "proto3";
package test.v1;
message Inner {
  string name = 1;
  Inner deeper = 2;
}
`;
