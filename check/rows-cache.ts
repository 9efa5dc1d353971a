import { TYPE } from '../dns/code.ts'
import { type Message, rcodeOf } from '../dns/message/read-message.ts'
import { u32 } from '../dns/uint.ts'
import { came, inMessage, maxAgeOf } from './expect.ts'
import { byGet } from './query.ts'
import type { Facts, Row } from './row.ts'

const missing = ({ name }: Facts): string => `kubedoh-check-missing.${name ?? 'example.com'}`

/** The SOA of a negative answer → the seconds that it may be kept (RFC 2308 §5). */
function negativeTtl({ authority, bytes }: Message): number | undefined {
  const soa = authority.find(({ type }) => type === TYPE.SOA)
  return soa && Math.min(soa.ttl, u32(bytes, soa.end - 4))
}

const noNegative = (message: Message): { skip: string } | undefined =>
  message.answers.length > 0 || ![0, 3].includes(rcodeOf(message))
    ? { skip: 'a name below it has no negative answer' }
    : undefined

/** How long caches may keep answers (RFC 8484 §5.1, RFC 2308). */
export const cacheRows: readonly Row[] = [
  {
    id: 'freshness',
    title: 'an answer to GET has a freshness lifetime',
    rfc: 'RFC 8484 §5.1',
    level: 'SHOULD',
    needs: 'name',
    ask: ({ name }) => [byGet({ name })],
    judge: ([got]) =>
      inMessage(got, () => {
        const response = came(got)
        if (typeof response === 'string') return response
        const explicit = maxAgeOf(got) !== undefined || response.headers.expires !== undefined
        return explicit ? undefined : 'the response has neither max-age nor expires'
      }),
  },
  {
    id: 'max-age',
    title: 'max-age does not exceed the smallest TTL of the answer',
    rfc: 'RFC 8484 §5.1',
    level: 'MUST',
    needs: 'name',
    ask: ({ name }) => [byGet({ name })],
    judge: ([got]) =>
      inMessage(got, ({ answers }) => {
        const age = maxAgeOf(got)
        if (age === undefined) return { skip: 'the response has no max-age' }
        if (answers.length === 0) return { skip: 'the answer has no records' }
        const ttl = Math.min(...answers.map((record) => record.ttl))
        return age <= ttl ? undefined : `max-age is ${age}, the smallest TTL is ${ttl}`
      }),
  },
  {
    id: 'max-age-negative',
    title: 'max-age of a negative answer does not exceed the limit of its SOA',
    rfc: 'RFC 8484 §5.1, RFC 2308 §5',
    level: 'MUST',
    needs: 'name',
    ask: (facts) => [byGet({ name: missing(facts) })],
    judge: ([got]) =>
      inMessage(got, (message) => {
        const none = noNegative(message)
        if (none) return none
        const [age, ttl] = [maxAgeOf(got) ?? 0, negativeTtl(message) ?? 0]
        return age <= ttl ? undefined : `max-age is ${age}, the SOA allows ${ttl}`
      }),
  },
  {
    id: 'negative-soa',
    title: 'a negative answer has the zone’s SOA',
    rfc: 'RFC 2308 §3',
    level: 'MUST',
    needs: 'name',
    ask: (facts) => [byGet({ name: missing(facts) })],
    judge: ([got]) =>
      inMessage(
        got,
        (message) =>
          noNegative(message) ??
          (negativeTtl(message) === undefined ? 'the authority section has no SOA' : undefined),
      ),
  },
  {
    id: 'error-uncached',
    title: 'the response to an invalid request is not cacheable',
    rfc: 'RFC 8484 §5.1',
    level: 'advice',
    ask: () => [{ query: 'dns=AAABA' }],
    judge: ([got]) => {
      const response = came(got)
      if (typeof response === 'string') return response
      const age = maxAgeOf(got) ?? 0
      return age === 0 ? undefined : `HTTP status ${response.status} has max-age=${age}`
    },
  },
]
