import type { PolicyToken, TokenHash, TokenShard } from '../../snapshot/policy/schema.ts'

/** The result of a search: a token of the shard, and whether it is the one that was searched for. */
export type TokenSearch = { readonly token: PolicyToken; readonly isFound: boolean }

/** The hashes of each shard in order, made when the shard is first used. */
const orderedHashes = new WeakMap<TokenShard, readonly TokenHash[]>()

/**
 * Searches a shard for a token. If the shard does not have it, gives another token of the shard, whose checks take the
 * same time: a caller cannot tell a token that has expired from one that never was. A binary search takes as many steps
 * for the one as for the other. Undefined for an empty shard.
 */
export function findToken(shard: TokenShard, hash: TokenHash): TokenSearch | undefined {
  const hashes = orderedHashes.get(shard) ?? [...shard.tokens.keys()].toSorted((a, b) => (a < b ? -1 : 1))
  orderedHashes.set(shard, hashes)
  let first = 0
  // The first hash that is not below the one searched for, or else the last one.
  for (let count = hashes.length; count > 1; ) {
    const half = count >> 1
    if ((hashes[first + half - 1] ?? '') < hash) first += half
    count -= half
  }
  const nearest = hashes[first] ?? ''
  const token = shard.tokens.get(nearest)
  return token && { token, isFound: nearest === hash }
}
