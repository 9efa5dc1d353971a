import { handle } from '../../../worker/app.ts'
import { type DnsRequest, exchangeDns } from '../../../worker/dns-exchange.ts'
import type { Edge } from '../../../worker/edge.ts'
import type { DohRequest } from '../../../worker/http/request.ts'
import type { Random } from '../../seeded-random.ts'

/** Requests whose durations are one distribution. `request` makes the next one. */
export type TimedClass = {
  readonly name: string
  readonly request: () => DohRequest | DnsRequest
  /** The status of the responses, or the rcode over transports other than HTTP. */
  readonly status: number
  /** CPU time added to each request (µs): a control, which the test must tell apart. */
  readonly addedMicros?: number
}

const noTasks = { waitUntil: () => undefined }

/**
 * Sends `size` requests of each class, one at a time and in a random order, so that everything else that affects their
 * durations affects all classes alike. Gives the durations in µs, by class. The first `warmUp` of each are not counted.
 */
export async function measureClasses(
  classes: readonly TimedClass[],
  edge: Edge,
  { size, warmUp, random }: { readonly size: number; readonly warmUp: number; readonly random: Random },
): Promise<Map<TimedClass, Float64Array>> {
  const samples = new Map(classes.map((each) => [each, new Float64Array(size)]))
  for (let round = -warmUp; round < size; round++) {
    for (const each of shuffled(classes, random)) {
      const request = each.request()
      const start = performance.now()
      const status = 'method' in request ? await sendHttp(request, edge) : await sendDns(request, edge)
      if (each.addedMicros !== undefined) burn(each.addedMicros)
      const micros = (performance.now() - start) * 1000
      if (status !== each.status) throw new Error(`${each.name}: status ${status}, not ${each.status}`)
      const sample = samples.get(each)
      if (sample && round >= 0) sample[round] = micros
    }
  }
  return samples
}

async function sendHttp(request: DohRequest, edge: Edge): Promise<number> {
  return (await handle(request, edge, noTasks)).status
}

async function sendDns(request: DnsRequest, edge: Edge): Promise<number> {
  const answer = await exchangeDns(request, edge, noTasks)
  return (answer?.[3] ?? Number.NaN) & 0xf
}

function burn(micros: number): void {
  const end = performance.now() + micros / 1000
  while (performance.now() < end);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items]
  const order: T[] = []
  while (rest.length > 0) order.push(...rest.splice(random.between(0, rest.length - 1), 1))
  return order
}
