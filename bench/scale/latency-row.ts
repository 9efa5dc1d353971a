import { setTimeout as sleep } from 'node:timers/promises'
import { quantile } from '../median.ts'
import { cpuSeconds, residentMegabytes } from '../process-cost.ts'
import type { Bench } from '../rounds.ts'
import { atLeast, atMost, type Result } from '../row.ts'
import { zone } from '../shape.ts'
import { createStage } from '../stage.ts'
import { lineOf } from './agent.ts'
import { headlessSlices, nameOf, replace, withAddresses } from './changes.ts'
import { type AddressClient, hasAddress, openDoh, openUdp } from './dns-client.ts'
import type { ScaleSite } from './site.ts'

/** Changes a second, for so many seconds; every `sampleEvery`th is asked for. */
const extent = { perSecond: 100, seconds: 40, sampleEvery: 20 }

/** Slices are taken far apart: a prime, which no number of shards divides. */
const stride = 1_237

/** Both are asked for a change so often at first, then at a fiftieth of the time that has passed. */
const shortestPollMs = 10
const pollPart = 1 / 50
const patienceMs = 60_000

/** From a change's answer by the API to an answer with it, in ms. */
type Seen = { readonly ours: number; readonly coredns: number }

/** Changes at a steady rate, and how long each takes to be answered, by ours over DoH and by CoreDNS over UDP. */
export async function latencyRow(site: ScaleSite, bench: Bench): Promise<Result[]> {
  const stage = createStage(bench.tell)
  try {
    const edge = await site.startEdge(stage)
    const agent = site.startAgent(edge, stage)
    await lineOf(agent, 'published')
    const coredns = await site.startCoredns(stage)
    const clients = {
      ours: await openDoh(`${edge.url}/dns-query`, edge.caFile ?? ''),
      coredns: await openUdp(coredns.port),
    }
    stage.add(async () => clients.ours.close())
    stage.add(async () => clients.coredns.close())
    const pids = { agent: agent.pid, edge: edge.pid, CoreDNS: coredns.pid }
    const before = await costs(pids)
    const publishedBefore = agent.published().length
    const { seen, perSecond, seconds } = await churn(site, clients, bench)
    const after = await costs(pids)
    const publishes = agent.published().slice(publishedBefore)
    const ours = seen.map((each) => each.ours)
    const theirs = seen.map((each) => each.coredns)
    const cpu = Object.entries(after).map(([name, { cpu: now, resident }]) => {
      const used = (now - (before[name]?.cpu ?? 0)) / seconds
      return `${name} ${(used * 100).toFixed(0)} % of a core, ${resident.toFixed(0)} MB`
    })
    const blobs = publishes.reduce((sum, each) => sum + each.blobs, 0)
    return [
      {
        row: 'l',
        title: `from a change's answer by the API to DoH, ${extent.perSecond} changes a second`,
        scores: [],
        absent: [],
        targets: [
          atMost('p99, s', quantile(ours, 0.99) / 1000, 1),
          atLeast('changes a second that the API took', perSecond, extent.perSecond * 0.95),
        ],
        facts: {
          [`ours, of ${ours.length} changes`]: times(ours),
          'CoreDNS, of the same': times(theirs),
          publishes: `${publishes.length} in ${seconds.toFixed(0)} s, ${(blobs / publishes.length).toFixed(0)} blobs each`,
          processes: cpu.join('; '),
        },
      },
    ]
  } finally {
    await stage.clear()
  }
}

async function churn(
  { shape, writer }: ScaleSite,
  clients: Readonly<Record<keyof Seen, AddressClient>>,
  bench: Bench,
): Promise<{ readonly seen: Seen[]; readonly perSecond: number; readonly seconds: number }> {
  const slices = headlessSlices(shape)
  const total = extent.perSecond * extent.seconds
  // Another part of 11.0.0.0/8 each time: a change to what is there already is none.
  const part = 64 + Math.floor(Math.random() * 128)
  const beganMs = performance.now()
  const changes: Promise<void>[] = []
  const samples: Promise<Seen>[] = []
  for (let index = 0; index < total; index++) {
    const waitMs = beganMs + (index * 1000) / extent.perSecond - performance.now()
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: bench.signal })
    const slice = slices[(index * stride) % slices.length]
    if (!slice) throw new Error('the shape has no headless Services')
    const address = `11.${part}.${(index >> 8) & 0xff}.${index & 0xff}`
    const changed = replace(writer, withAddresses(slice, [address]))
    changes.push(changed)
    if (index % extent.sampleEvery === 0)
      samples.push(changed.then(() => seenBy(clients, nameOf(slice, zone), address)))
  }
  await Promise.all(changes)
  const seconds = (performance.now() - beganMs) / 1000
  return { seen: await Promise.all(samples), perSecond: total / seconds, seconds }
}

async function seenBy(
  clients: Readonly<Record<keyof Seen, AddressClient>>,
  name: string,
  address: string,
): Promise<Seen> {
  const [ours, coredns] = await Promise.all([
    until(clients.ours, name, address),
    until(clients.coredns, name, address),
  ])
  return { ours, coredns }
}

/** Asks until the answer has the address; ms. An answer that never comes counts as all of the patience. */
async function until(client: AddressClient, name: string, address: string): Promise<number> {
  const beganMs = performance.now()
  for (;;) {
    const answer = await client.ask(name)
    const passedMs = performance.now() - beganMs
    if ((answer && hasAddress(answer, address)) || passedMs > patienceMs) return passedMs
    await sleep(Math.max(shortestPollMs, passedMs * pollPart))
  }
}

type Costs = Readonly<Record<string, { readonly cpu: number; readonly resident: number }>>

async function costs(pids: Readonly<Record<string, number>>): Promise<Costs> {
  const entries = Object.entries(pids).map(async ([name, pid]) => {
    return [name, { cpu: await cpuSeconds(pid), resident: await residentMegabytes(pid) }] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

function times(values: readonly number[]): string {
  const at = (part: number): string => `${quantile(values, part).toFixed(0)} ms`
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`
}
