/**
 * The codec of every world: MessagePack with records (msgpackr). The record structures come from the declarations, so
 * any frame decodes alone; nothing is learned along a link. Objects of an undeclared shape carry their keys with them.
 */
import { Packr } from 'msgpackr';

/** The keys of one declared object shape, in the order its values are built. */
export type Shape = readonly string[];

export interface Codec {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/** Before each encoding of several: how long it is. */
const LENGTH_BYTES = 4;

/** Several encodings as one: the length of each and then itself. */
export function joinEncodings(encodings: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const { byteLength } of encodings) size += LENGTH_BYTES + byteLength;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const encoding of encodings) {
    const { byteLength } = encoding;
    whole[at] = byteLength;
    whole[at + 1] = byteLength >>> 8;
    whole[at + 2] = byteLength >>> 16;
    whole[at + 3] = byteLength >>> 24;
    whole.set(encoding, at + LENGTH_BYTES);
    at += LENGTH_BYTES + byteLength;
  }
  return whole;
}

/** Each of the encodings that were joined, in order; a part of `bytes`. */
export function forEachEncoding(bytes: Uint8Array, take: (encoding: Uint8Array) => void): void {
  for (let at = 0; at < bytes.byteLength; ) {
    const from = at + LENGTH_BYTES;
    at = from + (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    take(bytes.subarray(from, at));
  }
}

const MOST_SHAPES = 2_000;

export function createCodec(shapes: readonly Shape[]): Codec {
  const distinct = new Map(shapes.filter((keys) => keys.length > 0).map((keys) => [JSON.stringify(keys), keys]));
  const structures = [...distinct.values()].slice(0, MOST_SHAPES);
  const packr = new Packr({
    ...(structures.length > 0 ? { getStructures: () => structures.map((keys) => [...keys]) } : { structures: [] }),
    maxSharedStructures: structures.length,
    copyBuffers: true,
  } as ConstructorParameters<typeof Packr>[0]);
  return {
    encode: (value) => packr.pack(value),
    // Of a plain Uint8Array, because binary values come back in the class of what they are cut from.
    decode: (bytes) => packr.unpack(asPlainBytes(bytes)),
  };
}

function asPlainBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
