import { type AskFlags, writeAsk } from '../dns/ask.ts'
import { CLASS, EDE, type ExtendedError, RCODE } from '../dns/code.ts'
import type { Name } from '../dns/name.ts'
import type { Rrset } from '../dns/record.ts'
import type { Response as DnsResponse } from '../dns/response.ts'
import { type Clock, within } from './clock.ts'
import type { UpstreamConfig } from './config.ts'
import { createFlights } from './flights.ts'
import { askOnce, type FailedTry } from './forward-fetch.ts'
import { createMemory } from './memory.ts'
import type { Fetch, Tasks } from './ports.ts'

/** What upstream said, or why nothing can be said. */
export type Delivery =
  | {
      readonly kind: 'answer'
      readonly rcode: typeof RCODE.NOERROR | typeof RCODE.NXDOMAIN
      readonly answers: readonly Rrset[]
      readonly authority: readonly Rrset[]
    }
  | { readonly kind: 'failure'; readonly error: ExtendedError }

/** A question for upstream. `name` is folded. */
export type Errand = AskFlags & { readonly name: Name; readonly type: number }

/** One isolate's way to its upstream resolvers. */
export type Forwarder = {
  /** Asks, or answers from memory with TTLs that have run down, until `endMs` (Unix ms). Rejects never. */
  ask(errand: Errand, endMs: number, tasks: Tasks): Promise<Delivery>
}

/** Tries for one question: the second goes to the next URL, or to the same one on a new connection. */
const tries = 2

/** How long answers are kept at most, in seconds: negative ones by RFC 2308 §5, failures by RFC 9520 §3.2. */
const maxKeptSeconds = { positive: 86_400, negative: 10_800, failure: 5 }

/** What an entry takes beside its records, about, in bytes, and what a record takes beside its rdata. */
const overheadBytes = { entry: 512, record: 128 }

type Kept = { readonly delivery: Delivery; readonly atMs: number; readonly seconds: number }

/** A forwarder with empty memory. */
export function createForwarder(
  config: UpstreamConfig,
  { fetch, clock }: { readonly fetch: Fetch; readonly clock: Clock },
): Forwarder {
  const memory = createMemory<Kept>(config.cacheBytes)
  const flights = createFlights<Delivery>(tries * config.timeoutMs, clock)

  async function travel(errand: Errand): Promise<Delivery> {
    const question = { asked: errand.name, type: errand.type, class: CLASS.IN }
    const query = writeAsk(question, errand)
    let last: DnsResponse | FailedTry | undefined
    for (let attempt = 0; attempt < tries; attempt++) {
      const url = config.urls[attempt % config.urls.length] ?? ''
      last = await askOnce(url, query, question, { fetch, clock, ms: config.timeoutMs })
      if ('rcode' in last && (last.rcode === RCODE.NOERROR || last.rcode === RCODE.NXDOMAIN))
        return { kind: 'answer', rcode: last.rcode, answers: last.answers, authority: last.authority }
    }
    return failure(last)
  }

  async function fresh(key: string, errand: Errand): Promise<Delivery> {
    const delivery = await travel(errand)
    const seconds = lifeOf(delivery)
    if (seconds > 0) memory.set(key, { delivery, atMs: clock.now(), seconds }, sizeOf(key, delivery))
    return delivery
  }

  return {
    async ask(errand, endMs, tasks) {
      const key = `${errand.type} ${errand.dnssecOk} ${errand.checkingDisabled} ${errand.name}`
      const kept = memory.get(key)
      const age = kept ? Math.floor((clock.now() - kept.atMs) / 1000) : 0
      if (kept && age < kept.seconds) return aged(kept.delivery, age)
      const flight = flights.join(key, () => fresh(key, errand), tasks)
      const delivery = await within(flight, Math.max(0, endMs - clock.now()), 'late' as const, clock)
      return delivery === 'late' ? failure(undefined) : delivery
    },
  }
}

function failure(last: DnsResponse | FailedTry | undefined): Delivery {
  const text = (what: string): string => `upstream: ${what}; check the edge's upstream.urls`
  if (!last) return { kind: 'failure', error: { code: EDE.NETWORK_ERROR, text: text('no answer in time') } }
  if ('rcode' in last)
    return {
      kind: 'failure',
      error: { code: EDE.NO_REACHABLE_AUTHORITY, text: text(`rcode ${last.rcode}`) },
    }
  const code = last.kind === 'network' ? EDE.NETWORK_ERROR : EDE.NO_REACHABLE_AUTHORITY
  return { kind: 'failure', error: { code, text: text(last.reason) } }
}

/** Has this answer records of its own, rather than none, or aliases only? */
function isNegative({ rcode, authority, answers }: Extract<Delivery, { kind: 'answer' }>): boolean {
  return rcode === RCODE.NXDOMAIN || answers.length === 0 || authority.some(({ type }) => type === 'SOA')
}

/** For how many seconds a delivery holds; a negative one without SOA is not kept (RFC 2308 §5). */
function lifeOf(delivery: Delivery): number {
  if (delivery.kind === 'failure') return maxKeptSeconds.failure
  const ttls = [...delivery.answers, ...delivery.authority].map(({ ttl }) => ttl)
  if (!isNegative(delivery)) return Math.min(maxKeptSeconds.positive, ...ttls)
  const soas = delivery.authority.flatMap((rrset) => (rrset.type === 'SOA' ? rrset.rdata : []))
  if (soas.length === 0) return 0
  return Math.min(maxKeptSeconds.negative, ...ttls, ...soas.map(({ minimum }) => minimum))
}

function sizeOf(key: string, delivery: Delivery): number {
  let bytes = overheadBytes.entry + 2 * key.length
  if (delivery.kind === 'failure') return bytes
  for (const { owner, rdata } of [...delivery.answers, ...delivery.authority]) {
    bytes += overheadBytes.record + owner.length
    for (const item of rdata)
      bytes += overheadBytes.record + (item instanceof Uint8Array ? item.length : 2 * 255)
  }
  return bytes
}

function aged(delivery: Delivery, seconds: number): Delivery {
  if (delivery.kind === 'failure' || seconds === 0) return delivery
  const older = (rrsets: readonly Rrset[]): Rrset[] =>
    rrsets.map((rrset) => ({ ...rrset, ttl: Math.max(0, rrset.ttl - seconds) }))
  return { ...delivery, answers: older(delivery.answers), authority: older(delivery.authority) }
}
