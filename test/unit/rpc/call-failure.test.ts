import { expect, test } from "vitest";
import { failureOf, type StreamEnd } from "../../../src/rpc/call-failure.ts";
import type { HeaderBlock } from "../../../src/rpc/http2/header-decoder.ts";

const cancel = 8;
const refusedStream = 7;

const block = (headers: Readonly<Record<string, string>>): HeaderBlock => new Map(Object.entries(headers));

/** A stream that the other side has closed, saying nothing. */
const silent: StreamEnd = {
  httpStatus: undefined,
  status: undefined,
  resetCode: 0,
  error: undefined,
  isConnectionGone: false,
  isOverdue: false,
};

test("a status of 0 is no failure, whatever follows it", () => {
  expect(failureOf({ ...silent, status: block({ "grpc-status": "0" }), resetCode: cancel })).toBeUndefined();
});

test.each([
  ["a%20b", "a b"],
  ["caf%C3%A9 \u2014 100%25", "caf\u00e9 \u2014 100%"],
  ["100% of it", "100% of it"],
  ["%C3", "%C3"],
])("a message '%s' is '%s'", (message, details) => {
  const status = block({ "grpc-status": "5", "grpc-message": message });
  expect(failureOf({ ...silent, status })).toEqual({ kind: "status", code: 5, details });
});

test("a status that is no number is UNKNOWN", () => {
  expect(failureOf({ ...silent, status: block({ "grpc-status": "fine" }) })).toMatchObject({ kind: "status", code: 2 });
});

test("a call that the runtime drops when its time is over took too long, and so did one that it says so of", () => {
  expect(failureOf({ ...silent, resetCode: cancel, isOverdue: true })).toEqual({ kind: "overdue" });
  const status = block({ "grpc-status": "4", "grpc-message": "context deadline exceeded" });
  expect(failureOf({ ...silent, status, isOverdue: true })).toEqual({ kind: "overdue" });
});

test("one that it drops before that is broken, and so is one whose connection is gone when its time is over", () => {
  expect(failureOf({ ...silent, resetCode: cancel })).toMatchObject({
    kind: "broken",
    details: "the runtime reset the call: CANCEL",
    isRefused: false,
  });
  const gone = { ...silent, resetCode: cancel, isOverdue: true, isConnectionGone: true };
  expect(failureOf(gone)).toMatchObject({ kind: "broken", details: "the runtime hung up" });
});

test("a deadline of the runtime's own is its answer", () => {
  const status = block({ "grpc-status": "4", "grpc-message": "of the program's" });
  expect(failureOf({ ...silent, status })).toEqual({ kind: "status", code: 4, details: "of the program's" });
});

test("what the socket failed with is told", () => {
  const error = Object.assign(new Error("read ECONNRESET"), { syscall: "read", code: "ECONNRESET" });
  expect(failureOf({ ...silent, isConnectionGone: true, error })).toMatchObject({ details: "read ECONNRESET" });
});

test("only a stream that was refused, or had not had its turn when the connection broke, may be sent again", () => {
  expect(failureOf({ ...silent, resetCode: refusedStream })).toMatchObject({ kind: "broken", isRefused: true });
  const gone = { ...silent, isConnectionGone: true };
  expect(failureOf({ ...gone, resetCode: refusedStream })).toMatchObject({ isRefused: true });
  expect(failureOf(gone)).toMatchObject({ details: "the runtime hung up", isRefused: false });
});

test("an answer that ends without a status is broken, never an answer", () => {
  expect(failureOf({ ...silent, httpStatus: 200 })).toMatchObject({ kind: "broken" });
});

test.each([
  [404, 12],
  [503, 14],
  [418, 2],
])("a server that answers HTTP status %i is no gRPC server: %i", (status, code) => {
  expect(failureOf({ ...silent, httpStatus: status })).toMatchObject({ kind: "status", code });
});
