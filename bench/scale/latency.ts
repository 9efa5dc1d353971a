import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from '../rounds.ts'
import { zone } from '../shape.ts'
import { headlessSlices, nameOf, replace, withAddresses } from './changes.ts'
import { type AddressClient, hasAddress } from './dns-client.ts'
import type { ScaleCluster } from './scale-cluster.ts'

/** Changes a second, for so many seconds; every `sampleEvery`th is asked for. */
export const extent = { perSecond: 100, seconds: 40, sampleEvery: 20 }

/** Slices are taken far apart: a prime, which no number of shards divides. */
const stride = 1_237

/** Both are asked for a change so often at first, then at a fiftieth of the time that has passed. */
const shortestPollMs = 10
const pollPart = 1 / 50
const patienceMs = 60_000

/** From a change's answer by the API to an answer with it, in ms. */
export type Seen = { readonly ours: number; readonly coredns: number }

/** Changes at a steady rate, spread over the headless Services, and how long some of them took to be answered by both. */
export async function churn(
  { shape, writer }: ScaleCluster,
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
    // Whoever waits for all of them below meets the failure.
    changed.catch(() => undefined)
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
