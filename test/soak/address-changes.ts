import { setTimeout as sleep } from 'node:timers/promises'
import { nameOf, type ShapeSlice, withAddresses } from '../../bench/scale/changes.ts'
import { zone } from '../../bench/shape.ts'
import type { SoakCluster } from './cluster.ts'

/** Continuous changes of addresses. */
export type Churn = {
  /** Changes accepted by the cluster. */
  count(): number
  /** Names with their latest address. */
  latest(): ReadonlyMap<string, string>
  /** Ends the changes; rejects with the error of a failed change, unless the API was down. */
  end(): Promise<void>
}

/** Changes the first endpoint of one slice after the other to an address in 10.128.0.0/9, at a steady rate. */
export function startChurn(cluster: SoakCluster, slices: readonly ShapeSlice[], perSecond: number): Churn {
  const ending = new AbortController()
  const latest = new Map<string, string>()
  let count = 0
  const one = async (index: number): Promise<void> => {
    const slice = slices[index % slices.length]
    if (!slice) return
    const address = `10.${128 + ((index >> 16) & 0x7f)}.${(index >> 8) & 0xff}.${index & 0xff}`
    try {
      await cluster.change(withAddresses(slice, [address]))
    } catch {
      // The API server is killed from time to time; then it is unknown whether the change was accepted.
      latest.delete(nameOf(slice, zone))
      return
    }
    latest.set(nameOf(slice, zone), address)
    count++
  }
  const done = (async () => {
    const beganMs = performance.now()
    for (let index = 0; !ending.signal.aborted; index++) {
      await one(index)
      const waitMs = beganMs + ((index + 1) * 1000) / perSecond - performance.now()
      await sleep(Math.max(0, waitMs), undefined, { signal: ending.signal }).catch(() => undefined)
    }
  })()
  return {
    count: () => count,
    latest: () => latest,
    async end() {
      ending.abort()
      await done
    },
  }
}
