import { type Message, optOf, rcodeOf, readMessage } from '../dns/message/read-message.ts'
import { rcodeText } from '../dns/text/mnemonic.ts'
import { dnsMessage } from './query.ts'
import type { Complaint, Got } from './row.ts'

/** The response, or the reason why there is none. */
export function came(got: Got | undefined): Extract<Got, { status: number }> | string {
  if (!got) return 'nothing was sent'
  return 'failed' in got ? `no response: ${got.failed}` : got
}

/** The DNS message of a response, or the reason why it has none. */
export function messageOf(got: Got | undefined): Message | string {
  const response = came(got)
  if (typeof response === 'string') return response
  if (response.status < 200 || response.status > 299)
    return `HTTP status ${response.status} instead of a DNS answer`
  const type = mediaType(response.headers['content-type'])
  if (type !== dnsMessage) return `content-type is ${type === '' ? 'missing' : `"${type}"`}`
  const message = readMessage(response.bytes)
  return 'broken' in message ? `the DNS message is broken: ${message.broken}` : message
}

/** A header's media type without its parameters. */
export function mediaType(header: string | undefined): string {
  return (header ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

/** Judges the message of a response. */
export function inMessage(got: Got | undefined, judge: (message: Message) => Complaint): Complaint {
  const message = messageOf(got)
  return typeof message === 'string' ? message : judge(message)
}

/** Expects a DNS answer without a complaint from `judge` in every response. */
export function everyMessage(gots: readonly Got[], judge: (message: Message) => Complaint): Complaint {
  return first(gots.map((got) => () => inMessage(got, judge)))
}

/** The first complaint of several. */
export function first(judges: readonly (() => Complaint)[]): Complaint {
  for (const judge of judges) {
    const complaint = judge()
    if (complaint !== undefined) return complaint
  }
  return undefined
}

/** Expects one of these rcodes. */
export function hasRcode(message: Message, ...wanted: readonly number[]): Complaint {
  const rcode = rcodeOf(message)
  if (wanted.includes(rcode)) return undefined
  return `rcode is ${rcodeText(rcode)}, expected ${wanted.map(rcodeText).join(' or ')}`
}

/** Expects one of these statuses; '4xx' is any from 400 to 499. */
export function hasStatus(got: Got | undefined, ...wanted: readonly (number | '4xx')[]): Complaint {
  const response = came(got)
  if (typeof response === 'string') return response
  const { status } = response
  const fits = wanted.some((one) => one === status || (one === '4xx' && status >= 400 && status < 500))
  return fits ? undefined : `HTTP status is ${status}, expected ${wanted.join(' or ')}`
}

/** Expects a 4xx, or a DNS answer with one of these rcodes: the message was not a valid query. */
export function isTurnedAway(got: Got | undefined, ...allowed: readonly number[]): Complaint {
  const message = messageOf(got)
  if (typeof message !== 'string') return hasRcode(message, ...allowed)
  const response = came(got)
  if (typeof response === 'string') return response
  const { status, bytes } = response
  // Some servers return an unreadable query unchanged except for QR and the rcode.
  const isReply = status === 200 && bytes.length >= 12 && ((bytes[2] ?? 0) & 0x80) !== 0
  return isReply && allowed.includes((bytes[3] ?? 0) & 0xf) ? undefined : hasStatus(got, '4xx')
}

/** Expects an OPT record of version 0 (RFC 6891 §6.1.1, §6.1.3). */
export function hasOpt(message: Message): Complaint {
  const opt = optOf(message)
  if (!opt) return 'the answer to a query with OPT has no OPT record'
  return opt.version === 0 ? undefined : `the answer's EDNS version is ${opt.version}, expected 0`
}

/** The freshness lifetime of a response in seconds (RFC 9111 §4.2.1); undefined without max-age or s-maxage, 0 when not stored. */
export function maxAgeOf(got: Got | undefined): number | undefined {
  const response = came(got)
  if (typeof response === 'string') return undefined
  const control = (response.headers['cache-control'] ?? '').toLowerCase()
  if (/\b(no-store|no-cache)\b/.test(control)) return 0
  const ages = [...control.matchAll(/\b(?:s-maxage|max-age)\s*=\s*"?([0-9]+)/g)].map(([, age]) => Number(age))
  return ages.length > 0 ? Math.max(...ages) : undefined
}
