import { toBase64Url } from '../dns/base64url.ts'
import { nameFromText } from '../dns/name.ts'
import type { Ask } from './row.ts'

/** The media type of DNS messages (RFC 8484 §6). */
export const dnsMessage = 'application/dns-message'

/** What a probe's message differs in from the plainest query: id 0, RD, one question for an A record, no OPT. */
export type Probe = {
  readonly name?: string | undefined
  readonly id?: number
  readonly flags?: number
  readonly type?: number
  /** QDCOUNT and how often the question stands in the message. */
  readonly questions?: number
  /** OPT records in the additional section. */
  readonly opts?: readonly Opt[]
  /** Bytes behind the message. */
  readonly trailing?: number
}

/** An OPT record: version 0, no flags, 1232 bytes, no options, at the root. */
export type Opt = {
  readonly version?: number
  readonly flags?: number
  readonly udpBytes?: number
  readonly options?: readonly { readonly code: number; readonly data: readonly number[] }[]
  readonly owner?: string
}

/** A name that every probe may ask for which is not about an existing one. */
const anyName = 'example.com'

/** A probe → its message. */
export function probeBytes(probe: Probe): Uint8Array {
  const { id = 0, flags = 0x0100, type = 1, questions = 1, opts = [], trailing = 0 } = probe
  const question = [...wireName(probe.name ?? anyName), ...pair(type), ...pair(1)]
  return Uint8Array.from([
    ...[id, flags, questions, 0, 0, opts.length].flatMap(pair),
    ...Array.from({ length: questions }, () => question).flat(),
    ...opts.flatMap(optBytes),
    ...Array<number>(trailing).fill(0xff),
  ])
}

function optBytes({ version = 0, flags = 0, udpBytes = 1232, options = [], owner = '.' }: Opt): number[] {
  const data = options.flatMap((option) => [
    ...pair(option.code),
    ...pair(option.data.length),
    ...option.data,
  ])
  return [
    ...wireName(owner),
    ...pair(41),
    ...pair(udpBytes),
    ...[0, version],
    ...pair(flags),
    ...pair(data.length),
    ...data,
  ]
}

function wireName(name: string): number[] {
  return Array.from(nameFromText(name), (byte) => byte.charCodeAt(0))
}

function pair(value: number): number[] {
  return [value >> 8, value & 0xff]
}

/** A message by GET (RFC 8484 §4.1). */
export function byGet(message: Uint8Array | Probe, more: Ask = {}): Ask {
  const bytes = message instanceof Uint8Array ? message : probeBytes(message)
  return { query: `dns=${toBase64Url(bytes)}`, ...more, headers: more.headers ?? { accept: dnsMessage } }
}

/** A message by POST. */
export function byPost(message: Uint8Array | Probe, more: Ask = {}): Ask {
  const body = message instanceof Uint8Array ? message : probeBytes(message)
  return {
    method: 'POST',
    ...more,
    headers: more.headers ?? { accept: dnsMessage, 'content-type': dnsMessage },
    body,
  }
}
