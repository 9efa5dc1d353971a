import { mutate, type Objects } from './cluster-model.ts'
import { drawQuestion } from './questions.ts'
import type { ReadFaults, ServingWorld } from './serving-world.ts'
import type { Simulation } from './simulation.ts'

/** What clients see while a cluster changes all the time. */
export type FreshnessReport = {
  /** For each answer, how long the oldest change that it lacks had been made (ms), in ascending order. */
  readonly lateMs: readonly number[]
  readonly reads: number
}

/** One phase: how the register's reads behave, for how long, and how often it is restarted. */
export type Phase = { readonly faults: ReadFaults; readonly ms: number; readonly restarts: number }

const changeEveryMs = 1_500

/** The share of clients that disconnect before an answer, and of queries before which an isolate is replaced by a cold one. */
const hangUps = 0.05
const ends = 0.01

/** The states of a simulation in their order, and when each was made (Unix ms). */
type Timeline = { readonly order: Objects[]; readonly made: Map<Objects, { index: number; atMs: number }> }
const timelines = new WeakMap<Simulation, Timeline>()

/**
 * Changes a cluster every 1.5 s on average, publishes every `publishMs`, and asks random isolates every `askMs` on average. Some
 * clients disconnect, and some isolates end.
 * Throws the first broken rule.
 */
export async function watchFreshness(
  simulation: Simulation,
  world: ServingWorld | undefined,
  { faults, ms, restarts }: Phase,
  { publishMs, askMs }: { readonly publishMs: number; readonly askMs: number },
): Promise<FreshnessReport> {
  const { time, random, states, history, publishers, isolates } = simulation
  if (world) world.faults = faults
  const readsBefore = world?.counts.reads ?? 0
  const timeline: Timeline = timelines.get(simulation) ?? { order: [], made: new Map() }
  timelines.set(simulation, timeline)
  const { order, made } = timeline
  const add = (state: Objects): void => {
    made.set(state, { index: order.push(state) - 1, atMs: time.now() })
  }
  if (order.length === 0) add(states.at(-1) as Objects)
  const lateMs: number[] = []
  const endMs = time.now() + ms
  const gap = (meanMs: number): number => Math.ceil(-Math.log(1 - random.next()) * meanMs)
  let publishing = false
  let [changeMs, publishAtMs, askAtMs] = [time.now(), time.now(), time.now()]
  const restartEveryMs = Math.ceil(ms / (restarts + 1))
  let restartMs = restarts > 0 ? time.now() + restartEveryMs : Number.POSITIVE_INFINITY
  while (time.now() < endMs) {
    const now = time.now()
    if (now >= changeMs) {
      changeMs = now + gap(changeEveryMs)
      const next = mutate(states.at(-1) as Objects, random)
      states.push(next)
      add(next)
    }
    if (now >= publishAtMs && !publishing) {
      publishAtMs = now + publishMs
      publishing = true
      const work = publishers[0]?.publish(states.at(-1) as Objects, { pauseMs: 0, forgetful: false })
      simulation.background(
        Promise.resolve(work).finally(() => {
          publishing = false
        }),
      )
    }
    if (now >= restartMs) {
      restartMs += restartEveryMs
      simulation.crashRegister()
    }
    if (now >= askAtMs) {
      askAtMs = now + gap(askMs)
      const question = drawQuestion(states.at(-1) as Objects, random)
      const patienceMs = random.chance(hangUps) ? random.between(0, 500) : undefined
      if (random.chance(ends)) {
        isolates.splice(random.between(0, isolates.length - 1), 1)[0]?.die()
        simulation.spawn()
      }
      void simulation.ask(random.pick(isolates), question, patienceMs, ({ generation }) => {
        if (generation === undefined) return
        const [told] = history.numbered(generation)
        const known = told && made.get(told.objects)
        const missed = known && order[known.index + 1]
        lateMs.push(missed ? time.now() - (made.get(missed)?.atMs ?? 0) : 0)
      })
    }
    await time.pass(Math.max(1, Math.min(changeMs, publishAtMs, askAtMs, restartMs) - time.now()))
    simulation.check()
  }
  return { lateMs: lateMs.toSorted((a, b) => a - b), reads: (world?.counts.reads ?? 0) - readsBefore }
}

/** A quantile of sorted figures. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.floor((sorted.length - 1) * part)] ?? 0
}
