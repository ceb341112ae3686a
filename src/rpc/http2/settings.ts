import { ErrorCode, ProtocolViolation } from "./error-code.ts";
import { defaultMaxFrameBytes } from "./frames.ts";

/** The numbers of what a SETTINGS frame can say: RFC 9113, section 6.5.2. */
const Setting = {
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
} as const;

/** The largest window of flow control: RFC 9113, section 6.9.1. Bytes. */
const largestWindowBytes = 2 ** 31 - 1;
const largestMaxFrameBytes = 2 ** 24 - 1;
const settingBytes = 6;

/** What one side lets the other do. Absent is what a frame does not speak of. */
export interface Settings {
  readonly maxConcurrentStreams?: number;
  readonly initialWindowBytes?: number;
  readonly maxFrameBytes?: number;
}

/** @throws {ProtocolViolation} when what the other side lets be sent is more than there may be */
export function checkWindow(bytes: number): void {
  if (bytes > largestWindowBytes) {
    throw new ProtocolViolation(`a window of ${bytes} bytes`, ErrorCode.FLOW_CONTROL_ERROR);
  }
}

/** The payload of our own SETTINGS: nothing is pushed, and each stream has a window of so many bytes. */
export function ownSettings(initialWindowBytes: number): Buffer {
  const payload = Buffer.alloc(2 * settingBytes);
  payload.writeUInt16BE(Setting.ENABLE_PUSH, 0);
  payload.writeUInt16BE(Setting.INITIAL_WINDOW_SIZE, settingBytes);
  payload.writeUInt32BE(initialWindowBytes, settingBytes + 2);
  return payload;
}

/** Reads the payload of a SETTINGS frame. What is not known is passed over. @throws {ProtocolViolation} */
export function parseSettings(payload: Buffer): Settings {
  if (payload.length % settingBytes !== 0) {
    throw new ProtocolViolation(`SETTINGS of ${payload.length} bytes`, ErrorCode.FRAME_SIZE_ERROR);
  }
  const settings: { -readonly [Name in keyof Settings]: Settings[Name] } = {};
  for (let at = 0; at < payload.length; at += settingBytes) {
    const value = payload.readUInt32BE(at + 2);
    switch (payload.readUInt16BE(at)) {
      case Setting.MAX_CONCURRENT_STREAMS:
        settings.maxConcurrentStreams = value;
        break;
      case Setting.INITIAL_WINDOW_SIZE:
        checkWindow(value);
        settings.initialWindowBytes = value;
        break;
      case Setting.MAX_FRAME_SIZE:
        if (value < defaultMaxFrameBytes || value > largestMaxFrameBytes) {
          throw new ProtocolViolation(`frames of ${value} bytes`);
        }
        settings.maxFrameBytes = value;
        break;
    }
  }
  return settings;
}
