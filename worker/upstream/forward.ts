import { CLASS, EDE, type ExtendedError, RCODE, TYPE } from '../../dns/code.ts'
import type { Response as DnsResponse } from '../../dns/message/read-response.ts'
import { writeQuery } from '../../dns/message/write-query.ts'
import type { Name } from '../../dns/name.ts'
import { type Rrset, recordRow } from '../../dns/record.ts'
import { type Clock, within } from '../clock.ts'
import type { UpstreamConfig } from '../config.ts'
import type { Fetch, Meter, Tasks, UpstreamResult } from '../ports.ts'
import { createLru } from '../reader/lru.ts'
import { createSingleflight } from '../reader/singleflight.ts'
import { askOnce, type FailedAttempt } from './ask-upstream.ts'
import { createWaiting } from './waiting.ts'

/** An answer from upstream. */
export type UpstreamAnswer = {
  readonly kind: 'answer'
  readonly rcode: typeof RCODE.NOERROR | typeof RCODE.NXDOMAIN
  readonly answers: readonly Rrset[]
  readonly authority: readonly Rrset[]
  /** True for a negative answer without SOA, which must not be cached (RFC 2308 §5), regardless of its aliases' TTLs. */
  readonly isUncacheable: boolean
}

/** An answer from upstream, or the reason why there is none. */
export type UpstreamOutcome = UpstreamAnswer | { readonly kind: 'failure'; readonly error: ExtendedError }

/** A question for upstream. `name` is folded to lower case. */
export type UpstreamQuestion = {
  readonly name: Name
  readonly type: number
  readonly dnssecOk: boolean
  readonly checkingDisabled: boolean
}

/** Forwards questions to the upstream resolvers of the configuration. */
export type Forwarder = {
  /**
   * Answers from the cache, with TTLs reduced by the age, or asks upstream until `endMs` (Unix ms). `share` identifies the
   * caller: of its questions a limited number wait at once, and further ones fail. Never rejects.
   */
  ask(asked: UpstreamQuestion, share: string, endMs: number, tasks: Tasks): Promise<UpstreamOutcome>
}

/** Everything outside a forwarder that it uses. */
export type ForwarderPorts = {
  readonly fetch: Fetch
  readonly clock: Clock
  readonly meter: Pick<Meter, 'asked'>
}

/** Attempts for one question: the second goes to the next URL, or to the same one on a new connection. */
const maxAttempts = 2

/** How long answers are cached at most (s): negative ones by RFC 2308 §5, failures by RFC 9520 §3.2. */
const maxCacheSeconds = { positive: 86_400, negative: 10_800, failure: 5 }

/** Approximate memory of an entry without its records, and of a record without its rdata (bytes). */
const overheadBytes = { entry: 512, record: 128 }

type Cached = { readonly outcome: UpstreamOutcome; readonly atMs: number; readonly seconds: number }

/** A forwarder with an empty cache. */
export function createCachingForwarder(
  config: UpstreamConfig,
  { fetch, clock, meter }: ForwarderPorts,
): Forwarder {
  const cache = createLru<Cached>(config.cacheBytes)
  const exchanges = createSingleflight<UpstreamOutcome>(maxAttempts * config.timeoutMs, clock)
  const waiting = createWaiting(maxAttempts * config.timeoutMs, clock)

  async function askWithRetry(asked: UpstreamQuestion): Promise<UpstreamOutcome> {
    const question = { asked: asked.name, type: asked.type, class: CLASS.IN }
    const { name, type, dnssecOk, checkingDisabled } = asked
    const query = writeQuery(name, type, { checkingDisabled, edns: { dnssecOk, padded: true } })
    let last: DnsResponse | FailedAttempt | undefined
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const url = config.urls[attempt % config.urls.length] ?? ''
      last = await askOnce(url, query, question, { fetch, clock, ms: config.timeoutMs })
      meter.asked(resultOf(last))
      if ('rcode' in last && (last.rcode === RCODE.NOERROR || last.rcode === RCODE.NXDOMAIN))
        return answer(last.rcode, last, asked.type)
    }
    return failure(last)
  }

  async function askAndCache(key: string, asked: UpstreamQuestion, share: string): Promise<UpstreamOutcome> {
    const end = waiting.begin(share)
    if (!end) return tooMany
    const outcome = await askWithRetry(asked).finally(end)
    const seconds = lifeOf(outcome)
    if (seconds > 0) cache.set(key, { outcome, atMs: clock.now(), seconds }, sizeOf(key, outcome))
    return outcome
  }

  return {
    async ask(asked, share, endMs, tasks) {
      const key = `${asked.type} ${asked.dnssecOk} ${asked.checkingDisabled} ${asked.name}`
      const cached = cache.get(key)
      const age = cached ? Math.floor((clock.now() - cached.atMs) / 1000) : 0
      if (cached && age < cached.seconds) return aged(cached.outcome, age)
      const pending = exchanges.join(key, () => askAndCache(key, asked, share), tasks)
      const outcome = await within(pending, Math.max(0, endMs - clock.now()), 'late' as const, clock)
      return outcome === 'late' ? failure(undefined) : outcome
    },
  }
}

function resultOf(attempt: DnsResponse | FailedAttempt): UpstreamResult {
  if (!('rcode' in attempt)) return attempt.kind
  return attempt.rcode === RCODE.NOERROR || attempt.rcode === RCODE.NXDOMAIN ? 'answer' : 'rcode'
}

const tooMany: UpstreamOutcome = {
  kind: 'failure',
  error: {
    code: EDE.NETWORK_ERROR,
    text: 'upstream: too many of your questions wait for it; ask again later',
  },
}

function failure(last: DnsResponse | FailedAttempt | undefined): UpstreamOutcome {
  const text = (problem: string): string => `upstream: ${problem}; check the edge's upstream.urls`
  if (!last) return { kind: 'failure', error: { code: EDE.NETWORK_ERROR, text: text('no answer in time') } }
  if ('rcode' in last)
    return {
      kind: 'failure',
      error: { code: EDE.NO_REACHABLE_AUTHORITY, text: text(`rcode ${last.rcode}`) },
    }
  const code = last.kind === 'network' ? EDE.NETWORK_ERROR : EDE.NO_REACHABLE_AUTHORITY
  return { kind: 'failure', error: { code, text: text(last.reason) } }
}

/** The answer in a response. It is negative if it has no record of the type asked, with or without aliases. */
function answer(rcode: UpstreamAnswer['rcode'], response: DnsResponse, type: number): UpstreamAnswer {
  const { answers } = response
  const hasRecords = answers.some((rrset) => type === TYPE.ANY || recordRow(rrset).code === type)
  const isNegative = rcode === RCODE.NXDOMAIN || !hasRecords
  const authority = response.authority.map(withNegativeTtl)
  const isUncacheable = isNegative && !authority.some((rrset) => rrset.type === 'SOA')
  return { kind: 'answer', rcode, answers, authority, isUncacheable }
}

/** Limits the TTL of an SOA record to the time that a negative answer may be cached (RFC 2308 §5). */
function withNegativeTtl(rrset: Rrset): Rrset {
  if (rrset.type !== 'SOA') return rrset
  return { ...rrset, ttl: Math.min(rrset.ttl, ...rrset.rdata.map(({ minimum }) => minimum)) }
}

/** How long an outcome may be cached (s). */
function lifeOf(outcome: UpstreamOutcome): number {
  if (outcome.kind === 'failure') return maxCacheSeconds.failure
  if (outcome.isUncacheable) return 0
  const isNegative = outcome.authority.some(({ type }) => type === 'SOA')
  const most = isNegative ? maxCacheSeconds.negative : maxCacheSeconds.positive
  return [...outcome.answers, ...outcome.authority].reduce((least, { ttl }) => Math.min(least, ttl), most)
}

function sizeOf(key: string, outcome: UpstreamOutcome): number {
  let bytes = overheadBytes.entry + 2 * key.length
  if (outcome.kind === 'failure') return bytes
  for (const { owner, rdata } of [...outcome.answers, ...outcome.authority]) {
    bytes += overheadBytes.record + owner.length
    for (const item of rdata)
      bytes += overheadBytes.record + (item instanceof Uint8Array ? item.length : 2 * 255)
  }
  return bytes
}

function aged(outcome: UpstreamOutcome, seconds: number): UpstreamOutcome {
  if (outcome.kind === 'failure' || seconds === 0) return outcome
  const older = (rrsets: readonly Rrset[]): Rrset[] =>
    rrsets.map((rrset) => ({ ...rrset, ttl: Math.max(0, rrset.ttl - seconds) }))
  return { ...outcome, answers: older(outcome.answers), authority: older(outcome.authority) }
}
