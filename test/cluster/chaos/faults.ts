import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../seeded-random.ts'
import type { WatchEnd } from './api-proxy.ts'
import type { Trick } from './edge-proxy.ts'
import { compact } from './etcd.ts'
import type { Lift } from './tcp-relay.ts'
import type { TestBed } from './test-bed.ts'

/** The place of a fault. Two faults at the same place would hide each other. */
type Place = 'link to the API' | 'API' | 'link to the edge' | 'agent' | 'edge'

type Row = {
  readonly place: Place
  /** The weight in the random draw. */
  readonly weight: number
  /** Shortest and longest duration (ms). */
  readonly ms: readonly [number, number]
  /** Causes the fault; resolves when it is over and killed processes run again. */
  readonly act: (testBed: TestBed, ms: number, random: Random) => Promise<void>
}

/** A fault of a round: a row of the table, its start after the start of the round, and its duration. */
export type Fault = {
  readonly name: string
  readonly place: Place
  readonly afterMs: number
  readonly ms: number
  readonly act: (testBed: TestBed) => Promise<void>
}

async function during(ms: number, lift: Lift): Promise<void> {
  await pause(ms)
  lift()
}

const short = [200, 1_200] as const

/** Faults between agent and API. */
const apiLink: Readonly<Record<string, Omit<Row, 'place'>>> = {
  'API connections cut': { weight: 4, ms: [0, 0], act: async ({ apiProxy }) => apiProxy.relay.cut() },
  'API connections refused': {
    weight: 4,
    ms: short,
    act: ({ apiProxy }, ms) => during(ms, apiProxy.relay.refuse()),
  },
  'API silent, then all of it': {
    weight: 3,
    ms: short,
    act: ({ apiProxy }, ms) => during(ms, apiProxy.relay.hold()),
  },
  'API silent, then cut': {
    weight: 3,
    ms: short,
    act: ({ apiProxy }, ms) =>
      during(
        ms,
        both(() => apiProxy.relay.cut(), apiProxy.relay.hold()),
      ),
  },
  'API slow': {
    weight: 2,
    ms: [500, 1_500],
    act: ({ apiProxy }, ms, random) => during(ms, apiProxy.relay.lag(random.between(50, 400))),
  },
  'API half-closed': {
    weight: 3,
    ms: short,
    act: ({ apiProxy }, ms, random) =>
      during(ms, apiProxy.relay.halfClose(random.pick(['client', 'server']))),
  },
  'watches end inside a line': { weight: 4, ms: [500, 500], act: endWatches('half a line') },
  'watches reset inside a line': { weight: 3, ms: [500, 500], act: endWatches('half a line, reset') },
  'watches say 410': { weight: 3, ms: [500, 500], act: endWatches('expired') },
  'API answers 410': {
    weight: 2,
    ms: short,
    act: ({ apiProxy }, ms) => during(ms, apiProxy.refuse({ status: 410 })),
  },
  'API answers 429': {
    weight: 2,
    ms: short,
    act: ({ apiProxy }, ms) => during(ms, apiProxy.refuse({ status: 429, retryAfterSeconds: 1 })),
  },
  'API answers 500': {
    weight: 2,
    ms: short,
    act: ({ apiProxy }, ms) => during(ms, apiProxy.refuse({ status: 500 })),
  },
  'API answers 503': {
    weight: 1,
    ms: short,
    act: ({ apiProxy }, ms) => during(ms, apiProxy.refuse({ status: 503 })),
  },
  'API answers 401': {
    weight: 1,
    ms: short,
    act: ({ apiProxy }, ms) => during(ms, apiProxy.refuse({ status: 401 })),
  },
  'API over HTTP/1.1': {
    weight: 1,
    ms: [800, 1_200],
    async act({ apiProxy }, ms) {
      apiProxy.speak('http/1.1')
      apiProxy.relay.cut()
      await pause(ms)
      apiProxy.speak('h2')
    },
  },
}

/** Faults of the API itself. */
const api: Readonly<Record<string, Omit<Row, 'place'>>> = {
  'kube-apiserver killed': {
    weight: 3,
    ms: [0, 500],
    act: (testBed, ms) => killed(testBed, 'kube-apiserver', ms),
  },
  'etcd killed': { weight: 4, ms: [0, 800], act: (testBed, ms) => killed(testBed, 'etcd', ms) },
  'etcd compacted': { weight: 2, ms: [0, 0], act: ({ plane }) => compact(plane.etcdUrl) },
  // The watch cache of kube-apiserver is lost, and etcd has no history: an agent that was cut off gets 410.
  'etcd compacted, kube-apiserver killed, agent cut off': {
    weight: 1,
    ms: [500, 800],
    async act(testBed, ms) {
      const lift = testBed.apiProxy.relay.refuse()
      await pause(ms)
      await compact(testBed.plane.etcdUrl)
      await killed(testBed, 'kube-apiserver', 0)
      lift()
    },
  },
}

/** Faults between agent and edge. */
const edgeLink: Readonly<Record<string, Omit<Row, 'place'>>> = {
  'edge connections cut': { weight: 2, ms: [0, 0], act: async ({ edgeProxy }) => edgeProxy.relay.cut() },
  'edge connections refused': {
    weight: 2,
    ms: short,
    act: ({ edgeProxy }, ms) => during(ms, edgeProxy.relay.refuse()),
  },
  'edge silent, then all of it': {
    weight: 2,
    ms: short,
    act: ({ edgeProxy }, ms) => during(ms, edgeProxy.relay.hold()),
  },
  'edge half-closed': {
    weight: 2,
    ms: short,
    act: ({ edgeProxy }, ms, random) =>
      during(ms, edgeProxy.relay.halfClose(random.pick(['client', 'server']))),
  },
  'request cut before the edge': { weight: 2, ms: short, act: trick(() => ({ kind: 'cut before' })) },
  'answer cut behind the edge': { weight: 4, ms: short, act: trick(() => ({ kind: 'cut after' })) },
  'request late': {
    weight: 2,
    ms: short,
    act: trick((random) => ({ kind: 'late request', ms: random.between(100, 700) })),
  },
  'answer late': {
    weight: 2,
    ms: short,
    act: trick((random) => ({ kind: 'late answer', ms: random.between(100, 700) })),
  },
  'proxy refuses before the edge': {
    weight: 2,
    ms: short,
    act: trick((random) => ({ kind: 'status before', status: random.pick([500, 502, 429, 404]) })),
  },
  'proxy refuses behind the edge': {
    weight: 3,
    ms: short,
    act: trick((random) => ({ kind: 'status after', status: random.pick([500, 502, 429]) })),
  },
  'half an answer': {
    weight: 2,
    ms: short,
    act: trick((random) => ({ kind: 'half an answer', end: random.pick(['in order', 'cut']) })),
  },
  'request repeated': { weight: 2, ms: short, act: trick(() => ({ kind: 'repeat' })) },
}

/** Faults of the kubedoh processes. */
const ours: Readonly<Record<string, Row>> = {
  'agent killed': {
    place: 'agent',
    weight: 6,
    ms: [0, 500],
    async act({ agent }, ms) {
      await agent.kill()
      await pause(ms)
      await agent.start()
    },
  },
  'edge killed': {
    place: 'edge',
    weight: 7,
    ms: [0, 500],
    async act({ edge }, ms) {
      await edge.kill()
      await pause(ms)
      await edge.start()
    },
  },
}

const rows: readonly (Row & { readonly name: string })[] = [
  ...at('link to the API', apiLink),
  ...at('API', api),
  ...at('link to the edge', edgeLink),
  ...Object.entries(ours).map(([name, row]) => ({ name, ...row })),
]

function at(place: Place, table: Readonly<Record<string, Omit<Row, 'place'>>>) {
  return Object.entries(table).map(([name, row]) => ({ name, place, ...row }))
}

/** Draws the faults of a round: mostly one, at different places, with a start in its first half second. */
export function drawFaults(random: Random): Fault[] {
  const count = random.pick([1, 1, 1, 2, 2, 3])
  const faults: Fault[] = []
  while (faults.length < count) {
    const taken = new Set(faults.map(({ place }) => place))
    const row = weighted(
      random,
      rows.filter(({ place }) => !taken.has(place)),
    )
    const own = random.fork()
    const ms = random.between(...row.ms)
    faults.push({
      name: row.name,
      place: row.place,
      afterMs: random.between(0, 500),
      ms,
      act: (testBed) => row.act(testBed, ms, own),
    })
  }
  return faults
}

function weighted<T extends { readonly weight: number }>(random: Random, all: readonly T[]): T {
  const tickets = all.flatMap((row) => Array.from({ length: row.weight }, () => row))
  return random.pick(tickets)
}

function both(...lifts: readonly Lift[]): Lift {
  return () => {
    for (const lift of lifts) lift()
  }
}

function endWatches(how: WatchEnd): Row['act'] {
  return async ({ apiProxy }, ms) => {
    apiProxy.endWatches(how)
    await pause(ms)
  }
}

function trick(draw: (random: Random) => Trick): Row['act'] {
  return ({ edgeProxy }, ms, random) => during(ms, edgeProxy.run(draw(random)))
}

async function killed({ plane }: TestBed, name: string, ms: number): Promise<void> {
  await plane.processes.kill(name)
  await pause(ms)
  await plane.processes.restart(name)
}
