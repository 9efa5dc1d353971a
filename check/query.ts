import { toBase64Url } from '../dns/base64url.ts'
import { TYPE } from '../dns/code.ts'
import { headerBytes, udpPayloadBytes } from '../dns/limits.ts'
import { writeQuery } from '../dns/message/write-query.ts'
import { nameFromText } from '../dns/name.ts'
import { startMessage, type Writer } from '../dns/writer.ts'
import type { Ask } from './row.ts'

/** The media type of DNS messages (RFC 8484 §6). */
export const dnsMessage = 'application/dns-message'

/** The differences of a probe from the simplest query, which has ID 0, RD, one question for an A record and no OPT. */
export type Probe = {
  readonly name?: string | undefined
  readonly id?: number
  /** The header's second word. */
  readonly flags?: number
  readonly type?: number
  /** QDCOUNT, and how often the question is repeated. */
  readonly questions?: number
  /** OPT records in the additional section. */
  readonly opts?: readonly Opt[]
  /** Bytes after the message. */
  readonly trailing?: number
}

/** The differences of an OPT record from the simplest one: version 0, no flags, 1232 bytes, no options, at the root. */
export type Opt = {
  readonly version?: number
  readonly flags?: number
  readonly udpBytes?: number
  readonly options?: readonly { readonly code: number; readonly data: readonly number[] }[]
  readonly owner?: string
}

/** The name in probes that do not need an existing one. */
const anyName = 'example.com'

/** A probe → its message. Unlike writeQuery, which it starts from, it can write messages that are not valid. */
export function probeBytes(probe: Probe): Uint8Array {
  const { id, flags, type = TYPE.A, questions = 1, opts = [], trailing = 0 } = probe
  const name = nameFromText(probe.name ?? anyName)
  const query = writeQuery(name, type)
  const writer = startMessage()
  writer.bytes(query)
  for (let more = 1; more < questions; more++) writer.bytes(query.subarray(headerBytes))
  if (questions === 0) writer.rewind(headerBytes)
  for (const opt of opts) writeOpt(writer, opt)
  writer.bytes(new Uint8Array(trailing).fill(0xff))
  if (id !== undefined) writer.patchU16(0, id)
  if (flags !== undefined) writer.patchU16(2, flags)
  writer.patchU16(4, questions)
  writer.patchU16(10, opts.length)
  return writer.finish()
}

function writeOpt(writer: Writer, opt: Opt): void {
  const { version = 0, flags = 0, udpBytes = udpPayloadBytes, options = [], owner = '.' } = opt
  writer.plainName(nameFromText(owner))
  writer.u16(TYPE.OPT)
  writer.u16(udpBytes)
  writer.u8(0)
  writer.u8(version)
  writer.u16(flags)
  writer.u16(options.reduce((sum, { data }) => sum + 4 + data.length, 0))
  for (const { code, data } of options) {
    writer.u16(code)
    writer.u16(data.length)
    writer.bytes(Uint8Array.from(data))
  }
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
