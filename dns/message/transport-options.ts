import { OPTION, TYPE } from '../code.ts'
import { headerBytes, maxMessageBytes, paddingBlockBytes } from '../limits.ts'
import { pooledBytes } from '../pool.ts'
import { putU16, u16 } from '../uint.ts'
import { isCookieLength, optionHeadBytes, paddingFor } from './edns.ts'
import { skipName } from './skip-name.ts'

/** A query without the EDNS options that concern only its transport, and these options. */
export type TransportQuery = {
  /** The query without COOKIE, edns-tcp-keepalive and padding: the same array if it has none of them. */
  readonly bytes: Uint8Array
  /** The size of UDP answers that the client accepts, as written in OPT (RFC 6891 §6.2.3); undefined without OPT. */
  readonly udpPayloadBytes: number | undefined
  /** The data of the first COOKIE option: 8 bytes, or 16 to 40 with a server cookie (RFC 7873 §4, §5.2). */
  readonly cookie: Uint8Array | undefined
  /** True if the client asks for edns-tcp-keepalive (RFC 7828 §3.2.1). */
  readonly hasKeepalive: boolean
  /** True if the client padded; over TLS the answer is then padded as well (RFC 7830 §4). */
  readonly isPadded: boolean
}

/** An EDNS option. */
export type EdnsOption = { readonly code: number; readonly data: Uint8Array }

/** The parts of an OPT record by their offsets in the message. */
type OptPlace = { readonly fixed: number; readonly rdata: number; readonly end: number }

/**
 * Takes COOKIE (10), edns-tcp-keepalive (11) and padding (12) out of a query's OPT, so that equal questions have equal
 * bytes whatever client and transport they come from. Looks only at the message's structure: a message that is malformed
 * is returned unchanged, as one without options, and readQuery refuses it. Never throws and never changes `query`.
 */
export function takeTransportOptions(query: Uint8Array): TransportQuery {
  const opt = findOpt(query)
  if (!opt) return unchanged(query, undefined)
  const udpPayloadBytes = u16(query, opt.fixed + 2)
  let cookie: Uint8Array | undefined
  let hasKeepalive = false
  let isPadded = false
  let kept = 0
  let at = opt.rdata
  while (at + optionHeadBytes <= opt.end) {
    const code = u16(query, at)
    const next = at + optionHeadBytes + u16(query, at + 2)
    if (code === OPTION.COOKIE) {
      if (!isCookieLength(next - at - optionHeadBytes)) return unchanged(query, udpPayloadBytes)
      cookie ??= query.subarray(at + optionHeadBytes, next)
    } else if (code === OPTION.TCP_KEEPALIVE) hasKeepalive = true
    else if (code === OPTION.PADDING) isPadded = true
    else kept += next - at
    at = next
  }
  if (at !== opt.end || opt.rdata + kept === opt.end) return unchanged(query, udpPayloadBytes)
  return { bytes: withoutOptions(query, opt, kept), udpPayloadBytes, cookie, hasKeepalive, isPadded }
}

function unchanged(bytes: Uint8Array, udpPayloadBytes: number | undefined): TransportQuery {
  return { bytes, udpPayloadBytes, cookie: undefined, hasKeepalive: false, isPadded: false }
}

function isTransportOption(code: number): boolean {
  return code === OPTION.COOKIE || code === OPTION.TCP_KEEPALIVE || code === OPTION.PADDING
}

/** A copy of the query whose OPT has only the other options, of `kept` bytes in total. */
function withoutOptions(query: Uint8Array, { fixed, rdata, end }: OptPlace, kept: number): Uint8Array {
  const bytes = pooledBytes(rdata + kept + query.length - end)
  bytes.set(query.subarray(0, rdata))
  let to = rdata
  for (let at = rdata, next = at; kept > 0 && at < end; at = next) {
    next = at + optionHeadBytes + u16(query, at + 2)
    if (isTransportOption(u16(query, at))) continue
    bytes.set(query.subarray(at, next), to)
    to += next - at
  }
  bytes.set(query.subarray(end), rdata + kept)
  putU16(bytes, fixed + 8, kept)
  return bytes
}

/** The bytes that an option takes in OPT. */
export function optionBytes({ data }: EdnsOption): number {
  return optionHeadBytes + data.length
}

/**
 * Appends options to the OPT of a reply that writeReply wrote, whose last record OPT is, and returns the new message.
 * With `padded`, zero bytes then fill it up to a multiple of 468 where it can hold them (RFC 8467 §4.1). A reply without
 * OPT is returned unchanged, because its client does not know EDNS (RFC 6891 §7). The caller has left room: throws
 * RangeError if the message would exceed 65,535 bytes.
 */
export function addTransportOptions(
  reply: Uint8Array,
  options: readonly EdnsOption[],
  { padded = false }: { readonly padded?: boolean } = {},
): Uint8Array {
  const opt = options.length > 0 || padded ? findOpt(reply) : undefined
  if (!opt || opt.end !== reply.length) return reply
  let length = reply.length
  for (const option of options) length += optionBytes(option)
  if (length > maxMessageBytes) throw new RangeError(`a message of ${length} bytes is too long`)
  const padding = padded ? paddingFor(length, paddingBlockBytes.reply) : undefined
  const whole = pooledBytes(padding ? length + optionHeadBytes + padding.length : length)
  whole.set(reply)
  let at = reply.length
  for (const option of options) at = writeOption(whole, at, option)
  if (padding) writeOption(whole, at, { code: OPTION.PADDING, data: padding })
  putU16(whole, opt.fixed + 8, whole.length - opt.rdata)
  return whole
}

function writeOption(bytes: Uint8Array, at: number, { code, data }: EdnsOption): number {
  putU16(bytes, at, code)
  putU16(bytes, at + 2, data.length)
  bytes.set(data, at + optionHeadBytes)
  return at + optionHeadBytes + data.length
}

/**
 * The query with an OPT that announces at most `maxBytes` for answers over UDP (RFC 6891 §6.2.3): a copy if it announced more,
 * else the same array, as for a query without OPT.
 */
export function withUdpPayload(query: Uint8Array, maxBytes: number): Uint8Array {
  const opt = findOpt(query)
  if (!opt || u16(query, opt.fixed + 2) <= maxBytes) return query
  const copy = new Uint8Array(query)
  putU16(copy, opt.fixed + 2, maxBytes)
  return copy
}

/**
 * The OPT record of a message with at most one question. Undefined if there is none or if the message is malformed: a
 * record that overruns it, bytes after its end, OPT twice, outside the additional section or not at the root.
 */
function findOpt(bytes: Uint8Array): OptPlace | undefined {
  const questions = u16(bytes, 4)
  if (bytes.length < headerBytes || questions > 1) return undefined
  const question = questions === 0 ? headerBytes : skipName(bytes, headerBytes) + 4
  if (questions === 1 && question < headerBytes) return undefined
  const before = u16(bytes, 6) + u16(bytes, 8)
  const records = before + u16(bytes, 10)
  let opt: OptPlace | undefined
  let at = question
  for (let record = 0; record < records; record++) {
    const fixed = skipName(bytes, at)
    const rdata = fixed + 10
    const end = rdata + u16(bytes, fixed + 8)
    if (fixed < 0 || end > bytes.length) return undefined
    if (u16(bytes, fixed) === TYPE.OPT) {
      if (opt || record < before || bytes[at] !== 0) return undefined
      opt = { fixed, rdata, end }
    }
    at = end
  }
  return at === bytes.length ? opt : undefined
}
