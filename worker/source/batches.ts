import type { Tasks } from '../ports.ts'

/** Reads of one kind; those that one request begins at the same time become one question. */
export type Batches<Wanted, Found> = {
  /** `mayBeShared`: the cache of the location may have the answer. Rejects if the question fails. */
  read(cluster: string, wanted: Wanted, mayBeShared: boolean, tasks: Tasks): Promise<Found | null>
}

/** Asks one question: what is wanted → what was found, in the same order. */
export type AskAll<Wanted, Found> = (
  cluster: string,
  wanted: readonly Wanted[],
  mayBeShared: boolean,
  tasks: Tasks,
) => Promise<readonly (Found | null)[]>

/** Batches belong to one request: on workerd no request may wait for the promise of another one. */
export function createBatches<Wanted, Found>(askAll: AskAll<Wanted, Found>): Batches<Wanted, Found> {
  type Batch = { readonly wanted: Wanted[]; readonly found: Promise<readonly (Found | null)[]> }
  const batches = new WeakMap<Tasks, Map<string, Batch>>()
  return {
    async read(cluster, wanted, mayBeShared, tasks) {
      const mine = batches.get(tasks) ?? new Map<string, Batch>()
      batches.set(tasks, mine)
      const name = `${cluster} ${mayBeShared}`
      let batch = mine.get(name)
      if (!batch) {
        const all: Wanted[] = []
        // The rest of the request's reads are added before this microtask runs.
        const found = Promise.resolve().then(() => {
          mine.delete(name)
          return askAll(cluster, all, mayBeShared, tasks)
        })
        batch = { wanted: all, found }
        mine.set(name, batch)
      }
      const at = batch.wanted.push(wanted) - 1
      return (await batch.found)[at] ?? null
    },
  }
}
