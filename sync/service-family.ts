import { type ShardFamily } from '../snapshot/schema.ts'
import { shardBits, shardOf } from '../snapshot/shard.ts'
import { addBlob, type Blobs } from './blobs.ts'

/**
 * What a family holds per service, by serviceKey → its shards. `encode` makes a blob's text of some of them;
 * `storedBits` is the family's size at present (see shardBits). Blobs are added to `blobs`.
 */
export async function shardServices<T>(
  entries: ReadonlyMap<string, T>,
  encode: (some: ReadonlyMap<string, T>) => string,
  storedBits: number,
  blobs: Blobs,
): Promise<ShardFamily> {
  const bits = shardBits(encode(entries).length, storedBits)
  const shards = Array.from({ length: 2 ** bits }, () => new Map<string, T>())
  for (const [key, entry] of entries) shards[shardOf(key, bits)]?.set(key, entry)
  return {
    bits,
    shards: await Promise.all(
      shards.map((shard) => (shard.size === 0 ? null : addBlob(blobs, encode(shard)))),
    ),
  }
}
