import { rootKey } from '../../snapshot/keys.ts'
import { createEdge, type Edge } from '../../worker/edge.ts'
import { exchange } from '../../worker/exchange.ts'
import type { Tasks } from '../../worker/ports.ts'
import { dohRequest, type Heard, hear } from './doh-messages.ts'
import type { Asked } from './expected-answer.ts'
import { configOf } from './simulation.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'

/** One read of the store, which the test lets end. */
export type Read = { readonly key: string; readonly atMs: number; readonly cacheTtl: number }

/** One isolate over a store that does what a test says. */
export type SmallEdge = {
  readonly time: VirtualTime
  readonly edge: Edge
  readonly reads: Read[]
  /** What the next requests gave to waitUntil. */
  readonly tasks: Tasks & { readonly given: Promise<unknown>[] }
  ask(asked: Asked): Promise<Heard>
}

/** How a store answers one read: after so many ms with a value, or never. */
export type Answering = (read: Read) => { readonly ms: number | undefined; readonly value: string | null }

/** A cold isolate that trusts one key, its memory large, at `startMs`. */
export function createSmallEdge(publicKey: string, startMs: number, answering: Answering): SmallEdge {
  const time = createVirtualTime(startMs)
  const reads: Read[] = []
  const given: Promise<unknown>[] = []
  const tasks = { given, waitUntil: (promise: Promise<unknown>) => void given.push(promise) }
  const edge = createEdge(configOf(publicKey), {
    kv: {
      get: (key, { cacheTtl }) => {
        const read = { key, atMs: time.now(), cacheTtl }
        reads.push(read)
        const { ms, value } = answering(read)
        return new Promise((resolve) => ms !== undefined && void time.at(ms, () => resolve(value)))
      },
    },
    fetch,
    clock: {
      now: time.now,
      after: (ms) => {
        const { promise, resolve } = Promise.withResolvers<void>()
        return { done: promise, cancel: time.at(ms, resolve) }
      },
    },
    random: () => 0.5,
    log: { info: () => undefined, warn: () => undefined },
    store: { kind: 'cloudflare-kv', minPublishIntervalMs: 10_000, writesPerDay: null },
    registerOf: () => {
      throw new Error('a query asks no register')
    },
  })
  const ask = async (asked: Asked): Promise<Heard> => hear(await exchange(dohRequest(asked), edge, tasks))
  return { time, edge, reads, tasks, ask }
}

/** Is this the key of the root? */
export function isRoot({ key }: Read): boolean {
  return key.endsWith(rootKey(''))
}
