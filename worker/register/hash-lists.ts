import type { BlobHash } from '../../snapshot/schema.ts'

/** A value in a Durable Object's statement has at most 2 MB, which 43,000 hashes exceed. */
const hashesPerList = 10_000

/** Hashes as JSON arrays for `json_each`, one for each statement. */
export function hashLists(hashes: Iterable<BlobHash>): string[] {
  const all = [...hashes]
  const lists: string[] = []
  for (let at = 0; at < all.length; at += hashesPerList)
    lists.push(JSON.stringify(all.slice(at, at + hashesPerList)))
  return lists
}
