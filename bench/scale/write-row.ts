import { setTimeout as sleep } from 'node:timers/promises'
import { createCleanup } from '../cleanup.ts'
import type { Bench } from '../rounds.ts'
import { atMost, type Result, type Target } from '../row.ts'
import { lineOf, type Published, type RunningAgent } from './agent.ts'
import { type CountedEdge, countTraffic } from './counted-edge.ts'
import type { ScaleCluster } from './scale-cluster.ts'
import { type WriteCase, writeCases } from './write-cases.ts'

/** A change is published completely when no publish has happened for this time (ms). */
const quietMs = 2_000

/** The writes of a change, over all its publishes. */
type Written = {
  readonly publishes: number
  readonly blobs: number
  readonly kilobytes: number
  readonly requests: number
}

/** Makes one change after another on the loaded control plane, and counts the writes of each. */
export async function writeRow(scale: ScaleCluster, bench: Bench): Promise<Result[]> {
  const cleanup = createCleanup(bench.tell)
  try {
    const edge = await countTraffic(await scale.startEdge(cleanup))
    cleanup.add(edge.close)
    const cases = writeCases(scale)
    for (const { prepare } of cases) await prepare?.()
    const agent = scale.startAgent(edge, cleanup)
    await lineOf(agent, 'published')
    await quiet(agent)
    const targets: Target[] = []
    const facts: Record<string, string> = {}
    for (const { title, change, bound } of cases) {
      const written = await writtenBy(change, agent, edge)
      facts[title] = show(written)
      bench.tell(`${title}: ${show(written)}`)
      targets.push(atMost(`blobs of ${title}`, written.blobs, bound))
    }
    return [
      {
        row: 'k',
        title: 'writes per change, 10,000 Services and 100,000 endpoints',
        scores: [],
        absent: [],
        targets,
        facts,
      },
    ]
  } finally {
    await cleanup.run()
  }
}

async function writtenBy(
  change: WriteCase['change'],
  agent: RunningAgent,
  edge: CountedEdge,
): Promise<Written> {
  const before = { published: contents(agent).length, ...edge.traffic() }
  await change()
  await quiet(agent)
  const published = contents(agent).slice(before.published)
  const after = edge.traffic()
  return {
    publishes: published.length,
    blobs: published.reduce((sum, { blobs }) => sum + blobs, 0),
    kilobytes: (after.bytes - before.bytes) / 1024,
    requests: after.requests - before.requests,
  }
}

/** Publishes of content; heartbeats are not caused by a change. */
function contents(agent: RunningAgent): Published[] {
  return agent.published().filter(({ kind }) => kind === 'content')
}

/** Resolves when nothing was published for `quietMs`. */
async function quiet(agent: RunningAgent): Promise<void> {
  const beganMs = Date.now()
  for (;;) {
    const lastMs = Math.max(beganMs, agent.published().at(-1)?.atMs ?? 0)
    const leftMs = lastMs + quietMs - Date.now()
    if (leftMs <= 0) return
    await sleep(leftMs)
  }
}

function show({ publishes, blobs, kilobytes, requests }: Written): string {
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`
  return `${count(blobs, 'blob')}, ${count(publishes, 'root')}, ${kilobytes.toFixed(0)} KB in ${count(requests, 'request')}`
}
