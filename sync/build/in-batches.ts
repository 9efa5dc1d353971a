/**
 * The shards that are encoded and hashed at a time. Hashing is asynchronous: all at once would keep the texts and the
 * bytes of the whole snapshot in memory.
 */
const batchSize = 64

/** Runs `work` on each item, batch after batch → the results in the order of the items. Rejects when a `work` does. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let begin = 0; begin < items.length; begin += batchSize)
    results.push(...(await Promise.all(items.slice(begin, begin + batchSize).map(work))))
  return results
}
