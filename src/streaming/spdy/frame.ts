import type { HeaderCodec, Headers } from "./headers.ts";

/** A piece of the connection. A large data frame is given in several pieces; `isLast` (FIN) is then on its last one. */
export type Frame =
  | { readonly type: "data"; readonly streamId: number; readonly bytes: Uint8Array; readonly isLast: boolean }
  | { readonly type: "syn-stream"; readonly streamId: number; readonly headers: Headers; readonly isLast: boolean }
  | { readonly type: "syn-reply"; readonly streamId: number; readonly headers: Headers; readonly isLast: boolean }
  | { readonly type: "headers"; readonly streamId: number; readonly headers: Headers; readonly isLast: boolean }
  | { readonly type: "rst-stream"; readonly streamId: number; readonly status: number }
  | { readonly type: "settings"; readonly settings: readonly Setting[] }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "goaway"; readonly lastStreamId: number; readonly status: number }
  | { readonly type: "window-update"; readonly streamId: number; readonly deltaBytes: number };

/** A number that one side tells the other for the whole connection, such as {@link initialWindowSize}. */
export interface Setting {
  readonly id: number;
  readonly value: number;
}

/** Numbers of the control frames: draft-mbelshe-httpbis-spdy-00 2.6, and 2.6.8 of draft 3.1. */
export const frameTypes = {
  "syn-stream": 1,
  "syn-reply": 2,
  "rst-stream": 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  headers: 8,
  "window-update": 9,
} as const;

/** The setting that says how many bytes of a stream may be under way before the other side has taken some. */
export const initialWindowSize = 7;

/** Bytes of a stream, and of the whole connection, that may be under way when nobody has said another number. */
export const defaultWindowBytes = 65_536;

/** Why a stream was reset: the ones that crikit sends. */
export const resetStatus = { protocolError: 1, refusedStream: 3, cancel: 5 } as const;

const version = 3;
const lastFlag = 1;

/** The bytes of a frame. Header blocks depend on those before them: encode in the order of sending. */
export function encodeFrame(frame: Frame, codec: HeaderCodec): Buffer {
  switch (frame.type) {
    case "data":
      return Buffer.concat([dataHead(frame.streamId, frame.bytes.length, frame.isLast), frame.bytes]);
    case "syn-stream":
      // Associated to no stream, priority 0 (the highest), slot 0.
      return control(frame.type, [uint32(frame.streamId), Buffer.alloc(6), codec.encode(frame.headers)], frame.isLast);
    case "syn-reply":
    case "headers":
      return control(frame.type, [uint32(frame.streamId), codec.encode(frame.headers)], frame.isLast);
    case "rst-stream":
      return control(frame.type, [uint32(frame.streamId), uint32(frame.status)]);
    case "settings":
      return control(frame.type, [
        uint32(frame.settings.length),
        ...frame.settings.flatMap(({ id, value }) => [uint32(id), uint32(value)]),
      ]);
    case "ping":
      return control(frame.type, [uint32(frame.id)]);
    case "goaway":
      return control(frame.type, [uint32(frame.lastStreamId), uint32(frame.status)]);
    case "window-update":
      return control(frame.type, [uint32(frame.streamId), uint32(frame.deltaBytes)]);
  }
}

/** The eight bytes before the bytes of a data frame. */
export function dataHead(streamId: number, lengthBytes: number, isLast: boolean): Buffer {
  return Buffer.concat([uint32(streamId), uint32((isLast ? lastFlag : 0) * 0x1000000 + lengthBytes)]);
}

function control(type: keyof typeof frameTypes, body: readonly Buffer[], isLast = false): Buffer {
  const lengthBytes = body.reduce((sum, { length }) => sum + length, 0);
  const head = Buffer.concat([
    uint32((0x8000 + version) * 0x10000 + frameTypes[type]),
    uint32((isLast ? lastFlag : 0) * 0x1000000 + lengthBytes),
  ]);
  return Buffer.concat([head, ...body]);
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}
