import { rootKey } from '../../snapshot/keys.ts'
import { createEdge, type Edge } from '../../worker/edge.ts'
import { exchange } from '../../worker/exchange.ts'
import type { Tasks } from '../../worker/ports.ts'
import { dohRequest, type Heard, hear } from './doh-messages.ts'
import type { Asked } from './expected-answer.ts'
import { configOf } from './simulation.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'

/** A read of the store. */
export type Read = { readonly key: string; readonly atMs: number; readonly cacheTtl: number }

/** One isolate with a store that the test controls. */
export type SmallEdge = {
  readonly time: VirtualTime
  readonly edge: Edge
  readonly reads: Read[]
  /** The promises that requests passed to waitUntil. */
  readonly tasks: Tasks & { readonly given: Promise<unknown>[] }
  ask(asked: Asked): Promise<Heard>
}

/** The answer of the store to a read: a value after `ms`, or never if that is undefined. */
export type Answering = (read: Read) => { readonly ms: number | undefined; readonly value: string | null }

/** A cold isolate with large memory that trusts one key, at `startMs`. */
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
      throw new Error('a query must not call the register')
    },
  })
  const ask = async (asked: Asked): Promise<Heard> => hear(await exchange(dohRequest(asked), edge, tasks))
  return { time, edge, reads, tasks, ask }
}

/** Whether a read is that of the root. */
export function isRoot({ key }: Read): boolean {
  return key.endsWith(rootKey(''))
}
