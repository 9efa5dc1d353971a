import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from '../rounds.ts'
import { zone } from '../shape.ts'
import { headlessSlices, nameOf, replace, withAddresses } from './changes.ts'
import { type AddressClient, hasAddress } from './dns-client.ts'
import type { ScaleCluster } from './scale-cluster.ts'

/** Changes per second, duration, and sampling: one of `sampleEvery` changes is measured. */
export const extent = { perSecond: 100, seconds: 40, sampleEvery: 20 }

/** Distance between successive slices: a prime, so that they spread over all shards. */
const stride = 1_237

/** Poll interval for a change: 10 ms at first, later a fiftieth of the time that has passed. */
const shortestPollMs = 10
const pollPart = 1 / 50
const patienceMs = 60_000

/** Time from the API's response to a change until each server answers with it (ms). */
export type Seen = { readonly ours: number; readonly coredns: number }

/** Makes changes at a steady rate, spread over the headless Services, and measures a sample of them on both servers. */
export async function churn(
  { shape, writer }: ScaleCluster,
  clients: Readonly<Record<keyof Seen, AddressClient>>,
  bench: Bench,
): Promise<{ readonly seen: Seen[]; readonly perSecond: number; readonly seconds: number }> {
  const slices = headlessSlices(shape)
  const total = extent.perSecond * extent.seconds
  // Another part of 10.64.0.0/10 in each run, since writing the same address again is not a change.
  const part = 64 + Math.floor(Math.random() * 64)
  const beganMs = performance.now()
  const changes: Promise<void>[] = []
  const samples: Promise<Seen>[] = []
  for (let index = 0; index < total; index++) {
    const waitMs = beganMs + (index * 1000) / extent.perSecond - performance.now()
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: bench.signal })
    const slice = slices[(index * stride) % slices.length]
    if (!slice) throw new Error('the shape has no headless Services')
    const address = `10.${part}.${(index >> 8) & 0xff}.${index & 0xff}`
    const changed = replace(writer, withAddresses(slice, [address]))
    // Promise.all below reports the failure.
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

/** Asks until the answer has the address, for at most `patienceMs`. Returns the time that passed (ms). */
async function until(client: AddressClient, name: string, address: string): Promise<number> {
  const beganMs = performance.now()
  for (;;) {
    const answer = await client.ask(name)
    const passedMs = performance.now() - beganMs
    if ((answer && hasAddress(answer, address)) || passedMs > patienceMs) return passedMs
    await sleep(Math.max(shortestPollMs, passedMs * pollPart))
  }
}
