import { parseAddress } from '../dns/address.ts'
import type { ReverseFamily } from '../snapshot/schema.ts'
import { reversePrefix } from '../snapshot/shard.ts'
import { addBlob, type Blobs } from './blobs.ts'

/** What there is to say of addresses: shard prefix → canonical address → T. */
export type ByAddress<T> = Map<string, Map<string, T>>

/** The shard prefix of a canonical address. Throws TypeError for other text: addresses were checked at the door. */
export function prefixOf(address: string): string {
  const bytes = parseAddress(address)
  if (!bytes) throw new TypeError(`"${address}" was taken for a canonical address`)
  return reversePrefix(bytes)
}

/** Shards of addresses → their family. `encode` makes a blob's text of one; blobs are added to `blobs`. */
export async function addressFamily<T>(
  shards: ByAddress<T>,
  encode: (shard: ReadonlyMap<string, T>) => string,
  blobs: Blobs,
): Promise<ReverseFamily> {
  const ordered = [...shards].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const pairs = ordered.map(async ([prefix, shard]) => [prefix, await addBlob(blobs, encode(shard))] as const)
  return Object.fromEntries(await Promise.all(pairs))
}
