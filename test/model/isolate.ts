import type { Clock } from '../../worker/clock.ts'
import type { EdgeConfig } from '../../worker/config.ts'
import { createEdge, type Edge } from '../../worker/edge.ts'
import { exchange } from '../../worker/exchange.ts'
import type { KvReader, Tasks } from '../../worker/ports.ts'
import type { View } from '../../worker/reader/view.ts'
import { createRegisterSource, type RegisterSourcePorts } from '../../worker/source/register-source.ts'
import type { Random } from '../seeded-random.ts'
import { dohRequest, type Heard, hear } from './doh-messages.ts'
import type { Asked } from './expected-answer.ts'
import { currentLife, type Life, liveThrough } from './request-lifetime.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Deliberate faults of an edge. */
export type EdgeVariant = {
  readonly edge?: (edge: Edge) => Edge
  readonly tasks?: (tasks: Tasks) => Tasks
  /** Clears the memory before every query. */
  readonly amnesia?: boolean
}

/** One isolate of the edge, at one location. */
export type Isolate = {
  readonly id: number
  readonly bornAtMs: number
  /** Whether it keeps every blob that it ever read. */
  readonly roomy: boolean
  /** Resolves to the response; never if the isolate ends before. After `patienceMs` the client disconnects. */
  ask(asked: Asked, patienceMs?: number): Promise<Heard>
  /** Its present view. */
  view(): View | undefined
  isDead(): boolean
  die(): void
}

const memory = {
  roomy: { memoryBytes: 64 * 1024 * 1024, answerBytes: 1024 * 1024 },
  narrow: { memoryBytes: 100 * 1024, answerBytes: 10 * 1024 },
}

export type IsolatePorts = {
  readonly time: VirtualTime
  readonly random: Random
  readonly config: EdgeConfig
  readonly kv: KvReader
  /** The register and the cache of the location, if the register serves. */
  readonly source?: Pick<RegisterSourcePorts, 'registerOf' | 'cache'> | undefined
  readonly variant: EdgeVariant
  readonly log: (message: string) => void
}

/** A cold isolate. */
export function createIsolate(id: number, roomy: boolean, ports: IsolatePorts): Isolate {
  const { time, variant } = ports
  const life: Life = { ended: false }
  const clock: Clock = { now: time.now, after: (ms) => after(time, ms) }
  const log = { info: ports.log, warn: ports.log }
  const edgeOf = (): Edge => {
    const edge = createEdge(
      { ...ports.config, ...memory[roomy ? 'roomy' : 'narrow'] },
      {
        kv: ports.kv,
        source: ports.source && createRegisterSource({ ...ports.source, kv: ports.kv, clock, log }),
        fetch,
        clock,
        random: ports.random.next,
        log,
        store: { kind: 'cloudflare-kv', minPublishIntervalMs: 10_000, writesPerDay: null },
        registerOf: () => {
          throw new Error('a query must not call the register')
        },
      },
    )
    return variant.edge?.(edge) ?? edge
  }
  let edge = edgeOf()
  return {
    id,
    bornAtMs: time.now(),
    roomy,
    async ask(asked, patienceMs) {
      if (variant.amnesia) edge = edgeOf()
      const response = await liveThrough(time, life, patienceMs, async (tasks) =>
        exchange(dohRequest(asked), edge, variant.tasks?.(tasks) ?? tasks),
      )
      return hear(response)
    },
    view: () => edge.reader.status()[0]?.view,
    isDead: () => life.ended,
    die: () => {
      life.ended = true
    },
  }
}

/** A timer of a request, which ends with the request. */
function after(time: VirtualTime, ms: number): { done: Promise<void>; cancel(): void } {
  const life = currentLife()
  let cancel = (): void => undefined
  const done = new Promise<void>((resolve) => {
    cancel = time.at(ms, () => {
      if (!life?.ended) resolve()
    })
  })
  return { done, cancel: () => cancel() }
}
