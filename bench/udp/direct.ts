import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { askEdge } from '../../connect/edge/ask-edge.ts'
import { dial } from '../../connect/edge/dial.ts'
import { edgePlace } from '../../connect/edge/edge-place.ts'
import { createEdgeLink } from '../../connect/edge/link.ts'
import { query } from '../../test/blackbox/ask.ts'
import { quantile } from '../median.ts'

/** Where to ask, what and how fast. */
export type DirectPlan = {
  readonly url: string
  readonly caFile: string
  readonly names: readonly string[]
  readonly perSecond: number
  readonly signal: AbortSignal
}

/** Asks an edge over HTTPS for the addresses of each name, on one connection. Times are from a query to its answer, in µs. */
export async function askDirectly(
  plan: DirectPlan,
): Promise<{ readonly p50Micros: number; readonly p99Micros: number }> {
  const { names, perSecond, signal } = plan
  const url = new URL(plan.url)
  const ca = await readFile(plan.caFile, 'utf8')
  const addresses = { find: async () => ['127.0.0.1'], known: () => ['127.0.0.1'] }
  const link = createEdgeLink({
    dial: () => dial({ place: edgePlace(url), addresses, ca, now: Date.now }),
    now: Date.now,
    onConnect: () => undefined,
    onAway: () => undefined,
  })
  const micros: number[] = []
  const askOne = async (name: string): Promise<void> => {
    const beganMs = performance.now()
    await askEdge(link, url.pathname, query(name, 1, { edns: true }))
    micros.push((performance.now() - beganMs) * 1_000)
  }
  try {
    const beganMs = performance.now()
    const asked: Promise<void>[] = []
    for (const [at, name] of names.entries()) {
      const waitMs = beganMs + (at * 1_000) / perSecond - performance.now()
      if (waitMs > 0) await sleep(waitMs, undefined, { signal })
      asked.push(askOne(name))
    }
    await Promise.all(asked)
  } finally {
    link.close()
  }
  return { p50Micros: quantile(micros, 0.5), p99Micros: quantile(micros, 0.99) }
}
