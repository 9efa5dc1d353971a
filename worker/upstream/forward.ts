import { CLASS, EDE, type ExtendedError, RCODE, TYPE } from '../../dns/code.ts'
import type { Name } from '../../dns/name.ts'
import type { Response as DnsResponse } from '../../dns/read-response.ts'
import { type Rrset, recordRow } from '../../dns/record.ts'
import { writeQuery } from '../../dns/write-query.ts'
import { type Clock, within } from '../clock.ts'
import type { UpstreamConfig } from '../config.ts'
import type { Fetch, Tasks } from '../ports.ts'
import { createLru } from '../reader/lru.ts'
import { createSingleflight } from '../reader/singleflight.ts'
import { askOnce, type FailedTry } from './ask-upstream.ts'

/** What upstream said. */
export type UpstreamAnswer = {
  readonly kind: 'answer'
  readonly rcode: typeof RCODE.NOERROR | typeof RCODE.NXDOMAIN
  readonly answers: readonly Rrset[]
  readonly authority: readonly Rrset[]
  /** A negative answer without SOA: nobody may keep it (RFC 2308 §5), whatever the TTLs of its aliases. */
  readonly isFleeting: boolean
}

/** What upstream said, or why nothing can be said. */
export type Delivery = UpstreamAnswer | { readonly kind: 'failure'; readonly error: ExtendedError }

/** A question for upstream. `name` is folded. */
export type Errand = {
  readonly name: Name
  readonly type: number
  readonly dnssecOk: boolean
  readonly checkingDisabled: boolean
}

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
  const memory = createLru<Kept>(config.cacheBytes)
  const flights = createSingleflight<Delivery>(tries * config.timeoutMs, clock)

  async function travel(errand: Errand): Promise<Delivery> {
    const question = { asked: errand.name, type: errand.type, class: CLASS.IN }
    const { name, type, dnssecOk, checkingDisabled } = errand
    const query = writeQuery(name, type, { checkingDisabled, edns: { dnssecOk, padded: true } })
    let last: DnsResponse | FailedTry | undefined
    for (let attempt = 0; attempt < tries; attempt++) {
      const url = config.urls[attempt % config.urls.length] ?? ''
      last = await askOnce(url, query, question, { fetch, clock, ms: config.timeoutMs })
      if ('rcode' in last && (last.rcode === RCODE.NOERROR || last.rcode === RCODE.NXDOMAIN))
        return answer(last.rcode, last, errand.type)
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

/** What upstream said; negative is what has no record of the type asked, be there aliases or not. */
function answer(rcode: UpstreamAnswer['rcode'], response: DnsResponse, type: number): UpstreamAnswer {
  const { answers } = response
  const hasRecords = answers.some((rrset) => type === TYPE.ANY || recordRow(rrset).code === type)
  const isNegative = rcode === RCODE.NXDOMAIN || !hasRecords
  const authority = response.authority.map(withNegativeTtl)
  const isFleeting = isNegative && !authority.some((rrset) => rrset.type === 'SOA')
  return { kind: 'answer', rcode, answers, authority, isFleeting }
}

/** An SOA record stands in a negative answer for as long as that may be kept (RFC 2308 §5), so that its TTL runs down. */
function withNegativeTtl(rrset: Rrset): Rrset {
  if (rrset.type !== 'SOA') return rrset
  return { ...rrset, ttl: Math.min(rrset.ttl, ...rrset.rdata.map(({ minimum }) => minimum)) }
}

/** For how many seconds a delivery may be kept. */
function lifeOf(delivery: Delivery): number {
  if (delivery.kind === 'failure') return maxKeptSeconds.failure
  if (delivery.isFleeting) return 0
  const isNegative = delivery.authority.some(({ type }) => type === 'SOA')
  const most = isNegative ? maxKeptSeconds.negative : maxKeptSeconds.positive
  return [...delivery.answers, ...delivery.authority].reduce((least, { ttl }) => Math.min(least, ttl), most)
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
