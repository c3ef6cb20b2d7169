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
  /** The values of encodings that were put one behind the other, in order; at least one. */
  decodeAll(bytes: Uint8Array): unknown[];
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
    decodeAll: (bytes) => packr.unpackMultiple(asPlainBytes(bytes)) as unknown[],
  };
}

function asPlainBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
