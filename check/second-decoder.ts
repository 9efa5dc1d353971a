import dnsPacket from 'dns-packet'
import { TYPE } from '../dns/code.ts'
import { type Message, optOf, type ReadRecord, readMessage } from '../dns/message/read-message.ts'
import { type Name, nameToText } from '../dns/name.ts'
import { classText, typeFromText, typeText } from '../dns/text/mnemonic.ts'
import { rdataText } from '../dns/text/rdata-text.ts'
import { decodedRdata } from './decoded-rdata.ts'

/** A record as dns-packet gives it; its own types leave out some of this. */
type Decoded = {
  readonly name: string
  readonly type: string
  readonly class?: string
  readonly ttl?: number
  readonly data?: unknown
  readonly udpPayloadSize?: number
  readonly ednsVersion?: number
  readonly extendedRcode?: number
  readonly flags?: number
  readonly options?: readonly { readonly code: number; readonly data: Uint8Array }[]
}

type DecodedMessage = {
  readonly id: number
  readonly questions: readonly Decoded[]
  readonly answers: readonly Decoded[]
  readonly authorities: readonly Decoded[]
  readonly additionals: readonly Decoded[]
}

/**
 * Decodes a message with dns-packet, which shares no code with dns/, and compares the two readings: id, counts, names,
 * types, classes, TTLs, OPT, and the rdata of every type that dns-packet decodes or leaves as bytes. Undefined when
 * they agree, else the first difference. A message that dns/ calls broken differs only if dns-packet reads all of it,
 * to the last byte. Throws never.
 */
export function compareDecoders(bytes: Uint8Array): string | undefined {
  const message = readMessage(bytes)
  const decoded = decode(bytes)
  if ('broken' in message) {
    const isWhole = !('failed' in decoded) && decoded.bytes === bytes.length
    return isWhole ? `dns-packet reads a message that kubedoh calls broken: ${message.broken}` : undefined
  }
  if ('failed' in decoded) return `dns-packet cannot read the message: ${decoded.failed}`
  return difference(message, decoded.message)
}

function decode(
  bytes: Uint8Array,
): { readonly message: DecodedMessage; readonly bytes: number } | { readonly failed: string } {
  try {
    const message = dnsPacket.decode(Buffer.from(bytes)) as unknown as DecodedMessage
    return { message, bytes: (dnsPacket.decode as unknown as { bytes: number }).bytes }
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) }
  }
}

function difference(message: Message, decoded: DecodedMessage): string | undefined {
  if (message.id !== decoded.id) return `the id is ${message.id}, dns-packet reads ${decoded.id}`
  const asked = message.questions.map(({ name, type, class: qclass }) => ({
    owner: name,
    type,
    class: qclass,
  }))
  return (
    firstDifference('question', asked, decoded.questions, () => undefined) ??
    firstDifference('answer record', message.answers, decoded.answers, recordDifference(message)) ??
    firstDifference('authority record', message.authority, decoded.authorities, recordDifference(message)) ??
    firstDifference('additional record', message.additional, decoded.additionals, recordDifference(message))
  )
}

type Head = { readonly owner: Name; readonly type: number; readonly class: number }

function firstDifference<T extends Head>(
  what: string,
  ours: readonly T[],
  theirs: readonly Decoded[],
  compare: (own: T, their: Decoded) => string | undefined,
): string | undefined {
  if (ours.length !== theirs.length) return `${ours.length} ${what}s, dns-packet reads ${theirs.length}`
  for (const [index, own] of ours.entries()) {
    const their = theirs[index] as Decoded
    const found = headDifference(own, their) ?? compare(own, their)
    if (found !== undefined) return `${what} ${index + 1}: ${found}`
  }
  return undefined
}

function headDifference(own: Head, their: Decoded): string | undefined {
  if (own.type !== numberOf(their.type)) return differs(typeText(own.type), their.type)
  const owner = nameToText(own.owner)
  if (!isSameText(owner, their.name === '.' ? '.' : `${their.name}.`)) return differs(owner, their.name)
  if (own.type === TYPE.OPT) return undefined
  const isSameClass = classNames(own.class).includes(their.class ?? '')
  return isSameClass ? undefined : differs(classText(own.class), their.class)
}

/** dns-packet's words for a class; it takes the highest bit of a record's class for the flag of multicast DNS. */
function classNames(code: number): string[] {
  return [code, code & 0x7fff].flatMap((number) => [
    classText(number),
    `UNKNOWN_${number}`,
    ...(number === 2 ? ['CS'] : []),
  ])
}

function numberOf(type: string): number | undefined {
  return typeFromText(type.replace('UNKNOWN_', 'TYPE'))
}

const recordDifference =
  (message: Message) =>
  (own: ReadRecord, their: Decoded): string | undefined => {
    if (own.type === TYPE.OPT) return optDifference(message, their)
    if (own.ttl !== their.ttl) return differs(`TTL ${own.ttl}`, their.ttl)
    const bytes = message.bytes.subarray(own.start, own.end)
    if (their.data instanceof Uint8Array)
      return Buffer.compare(bytes, their.data) === 0 ? undefined : 'the rdata differs'
    const theirs = decodedRdata(their.type, their.data)
    const ours = rdataText(message.bytes, own)
    return theirs === undefined || isSameText(ours, theirs) ? undefined : differs(ours, theirs)
  }

function optDifference(message: Message, their: Decoded): string | undefined {
  const opt = optOf(message)
  const ours = [
    opt?.udpBytes,
    opt?.version,
    opt?.extendedRcode,
    opt?.flags,
    ...(opt?.options ?? []).map(optionText),
  ]
  const { udpPayloadSize, ednsVersion, extendedRcode, flags, options = [] } = their
  const theirs = [udpPayloadSize, ednsVersion, extendedRcode, flags, ...options.map(optionText)]
  return ours.join(' ') === theirs.join(' ') ? undefined : differs(`OPT ${ours.join(' ')}`, theirs.join(' '))
}

function optionText({ code, data }: { readonly code: number; readonly data: Uint8Array }): string {
  return `${code}:${Buffer.from(data).toString('hex')}`
}

/**
 * Escapes mark bytes that dns-packet does not keep: it decodes names and strings as UTF-8 and joins labels with dots.
 * Such a text counts as the same, unless it is the generic form of data that we call malformed.
 */
function isSameText(ours: string, theirs: string): boolean {
  return ours === theirs || (ours.includes('\\') && !ours.startsWith('\\#'))
}

function differs(ours: string, theirs: string | number | undefined): string {
  return `"${ours}", dns-packet reads "${theirs ?? 'nothing'}"`
}
