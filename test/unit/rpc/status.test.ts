import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { ConnectionLostError, DeadlineExceededError } from "../../../src/errors.ts";
import { errorOf } from "../../../src/rpc/status.ts";

const attempt = { rpc: "PullImage", service: "runtime.v1.ImageService", endpoint: "unix:///x.sock", timeoutMs: 1_500 };

/** What grpc-js makes of a call that the other side resets. */
function reset(): ServiceError {
  const details = "Call cancelled";
  return Object.assign(new Error(details), { code: status.CANCELLED, details, metadata: new Metadata() });
}

test("a call that the runtime drops when its time is over took too long", () => {
  const error = errorOf(reset(), { ...attempt, isOver: true });
  expect(error).toBeInstanceOf(DeadlineExceededError);
  expect(error.message).toBe("PullImage on unix:///x.sock took longer than 1500 ms");
});

test("one that it drops before that has lost its connection", () => {
  expect(errorOf(reset(), { ...attempt, isOver: false })).toBeInstanceOf(ConnectionLostError);
  expect(errorOf(reset(), attempt)).toBeInstanceOf(ConnectionLostError);
});
