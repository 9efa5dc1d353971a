import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../seeded-random.ts'
import { WaitError, waitFor } from '../../wait-for.ts'
import { checkHistory, type Wrong } from './check-history.ts'
import type { Fault, Struck } from './fault.ts'
import type { History, PutFact } from './history.ts'
import { answerOf } from './versions.ts'
import type { World } from './world.ts'

/** The result of one round. */
export type RoundResult = {
  readonly fault: string
  readonly accepted: number
  /** Roots that were refused or not answered, by code. */
  readonly refused: ReadonlyMap<string, number>
  readonly wrong: readonly Wrong[]
  /** The states that did not come about during the fault. */
  readonly stuck: readonly string[]
  /** From the fault (without a majority: from its end) until a root is accepted that was sent after it (ms). */
  readonly againMs: readonly number[]
  /** The same until every edge has accepted one. */
  readonly everywhereMs: readonly number[]
  /** From the acceptance of each root until each other edge answers it or a newer one (ms). */
  readonly othersMs: readonly number[]
  /** From the end of the fault until every edge answers the newest accepted root, for all names (ms). */
  readonly healedMs: number
  /** The slowest answer to a query and to an agent (ms). */
  readonly slowestMs: { readonly query: number; readonly agent: number }
}

/** The longest time in which an edge may answer an agent (ms). */
export const callLimitMs = 20_000

/** A fault is not followed by an accepted root within this time: it has failed (ms). Raft elects within 10 s. */
const withinMs = 60_000

/** Runs a fault in a world at peace, and leaves peace behind. Throws WaitError if that does not come after the fault. */
export async function runFault(world: World, fault: Fault, random: Random): Promise<RoundResult> {
  const { history } = world
  const beginMs = performance.now()
  const stop = fault.share === undefined ? undefined : world.publishing(random.fork(), fault.share)
  const stuck: string[] = []
  let fromMs: number
  let healMs: number
  try {
    if (stop) await acceptedAfter(world, beginMs)
    await pause(stop ? random.between(0, 400) : 0)
    const strikeMs = performance.now()
    const { until, heal } = await fault.strike(world, random)
    await reached(until, world, strikeMs).catch((error: unknown) => {
      if (!(error instanceof WaitError)) throw error
      stuck.push(error.message)
    })
    await heal()
    healMs = performance.now()
    fromMs = until === 'refused' ? healMs : strikeMs
    if (stop) await acceptedEverywhereAfter(world, healMs)
  } finally {
    await stop?.()
  }
  await world.converged()
  const healedMs = performance.now() - healMs
  world.edges.check()
  await world.nats.settled()
  const afterMs = stop ? firstAccepted(world, fromMs).map(({ endedMs }) => endedMs - fromMs) : []
  const waits = stop
    ? { againMs: [Math.min(...afterMs)], everywhereMs: [Math.max(...afterMs)] }
    : { againMs: [], everywhereMs: [] }
  return { fault: fault.name, healedMs, stuck, ...waits, ...judge(history, beginMs) }
}

async function reached(until: Struck['until'], world: World, strikeMs: number): Promise<void> {
  if (until === 'refused') await refusedAfter(world.history, performance.now())
  if (until === 'accepted') await acceptedAfter(world, strikeMs)
  if (until === 'everywhere') await acceptedEverywhereAfter(world, strikeMs)
}

/** The first root that each edge accepted among those sent after a time. */
function firstAccepted({ history, edges }: World, fromMs: number): PutFact[] {
  return edges.urls.flatMap((_, own) => {
    const isFirst = ({ edge, outcome, sentMs }: PutFact) =>
      edge === own && outcome === 'accepted' && sentMs >= fromMs
    return history.puts.find(isFirst) ?? []
  })
}

async function acceptedAfter(world: World, fromMs: number): Promise<void> {
  const look = () => firstAccepted(world, fromMs).length > 0
  await waitFor('an edge accepts a root', look, { timeoutMs: withinMs, intervalMs: 10 })
}

async function acceptedEverywhereAfter(world: World, fromMs: number): Promise<void> {
  const look = () => firstAccepted(world, fromMs).length === world.edges.urls.length
  await waitFor('every edge accepts a root', look, { timeoutMs: withinMs, intervalMs: 10 })
}

/** Waits until an agent gets a 503 to a request that was sent after a time. */
async function refusedAfter({ calls }: History, fromMs: number): Promise<void> {
  const look = () => calls.some(({ status, sentMs }) => status === 503 && sentMs >= fromMs)
  await waitFor('an agent is refused with 503', look, { timeoutMs: withinMs, intervalMs: 10 })
}

function judge(
  history: History,
  beginMs: number,
): Omit<RoundResult, 'fault' | 'againMs' | 'everywhereMs' | 'healedMs' | 'stuck'> {
  const puts = history.puts.filter(({ sentMs }) => sentMs >= beginMs)
  const accepted = puts.filter(({ outcome }) => outcome === 'accepted')
  const refused = new Map<string, number>()
  for (const { outcome, code } of puts)
    if (outcome !== 'accepted') refused.set(code, (refused.get(code) ?? 0) + 1)
  const own = { answers: history.answers, calls: history.calls }
  return {
    accepted: accepted.length,
    refused,
    wrong: checkHistory(history, { answerOf, callLimitMs }).filter(({ atMs }) => atMs >= beginMs),
    othersMs: accepted.flatMap((put) => delaysOf(put, history)),
    slowestMs: { query: slowest(own.answers, beginMs), agent: slowest(own.calls, beginMs) },
  }
}

/** The delay of each other edge that was running meanwhile. */
function delaysOf(put: PutFact, { roots, answers, aways }: History): number[] {
  const generation = roots.get(put.root)?.generation ?? Number.POSITIVE_INFINITY
  const first = new Map<number, number>()
  for (let at = answers.length - 1; at >= 0; at--) {
    const answer = answers[at]
    if (!answer || answer.endedMs < put.endedMs - 30_000) break
    if (answer.edge === put.edge || (answer.generation ?? 0) < generation) continue
    first.set(answer.edge, Math.min(answer.endedMs, first.get(answer.edge) ?? answer.endedMs))
  }
  return [...first].flatMap(([edge, endedMs]) => {
    const isAway = aways.some(
      (away) => away.edge === edge && away.fromMs <= endedMs && away.toMs >= put.sentMs,
    )
    return isAway ? [] : [Math.max(0, endedMs - put.endedMs)]
  })
}

function slowest(
  spans: readonly { readonly sentMs: number; readonly endedMs: number }[],
  beginMs: number,
): number {
  const own = spans.filter(({ sentMs }) => sentMs >= beginMs)
  return Math.max(0, ...own.map(({ sentMs, endedMs }) => endedMs - sentMs))
}
