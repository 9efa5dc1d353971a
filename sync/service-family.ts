import type { ShardFamily } from '../snapshot/schema.ts'
import { shardBits, shardOf } from '../snapshot/shard.ts'
import { addBlob, type Blobs } from './blobs.ts'

type Encode<T> = (some: ReadonlyMap<string, T>) => string

/**
 * What a family holds per service, by serviceKey → its shards. `encode` makes a blob's text of some of them;
 * `storedBits` is the family's size at present (see shardBits). Blobs are added to `blobs`.
 */
export async function shardServices<T>(
  entries: ReadonlyMap<string, T>,
  encode: Encode<T>,
  storedBits: number,
  blobs: Blobs,
): Promise<ShardFamily> {
  // The size is mostly what it was, so these texts are mostly the ones to publish.
  const held = encodeShards(entries, encode, storedBits)
  const totalBytes = held.reduce((sum, text) => sum + (text?.length ?? 0), 0)
  const bits = shardBits(totalBytes, storedBits)
  const texts = bits === storedBits ? held : encodeShards(entries, encode, bits)
  return {
    bits,
    shards: await Promise.all(texts.map((text) => (text === null ? null : addBlob(blobs, text)))),
  }
}

/** The text of each of 2^bits shards, null for an empty one. */
function encodeShards<T>(
  entries: ReadonlyMap<string, T>,
  encode: Encode<T>,
  bits: number,
): (string | null)[] {
  const shards = Array.from({ length: 2 ** bits }, () => new Map<string, T>())
  for (const [key, entry] of entries) shards[shardOf(key, bits)]?.set(key, entry)
  return shards.map((shard) => (shard.size === 0 ? null : encode(shard)))
}
