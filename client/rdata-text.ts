import dnsPacket, {
  type Answer,
  type CaaData,
  type HInfoData,
  type MxData,
  type SoaData,
  type SrvData,
} from 'dns-packet'
import { typeCode, typeText } from './record-type.ts'

/** A record as dns-packet decodes it, its data not yet told apart. */
type Decoded = { readonly type: string; readonly data?: unknown }

/** A part of dns-packet that its types leave out: the codec of a type's rdata, with two bytes of length before. */
const codecs = dnsPacket as unknown as { record(type: string): { encode(data: unknown): Buffer } }

const name = (data: unknown): string => nameText(String(data))
const text = (data: unknown): string => [data].flat().map(quoted).join(' ')

/** How the types are written that a person wants to read (RFC 1035 §5.1, 2782, 8659). */
const writers: Readonly<Record<string, (data: never) => string>> = {
  A: String,
  AAAA: String,
  NS: name,
  CNAME: name,
  PTR: name,
  DNAME: name,
  TXT: text,
  SPF: text,
  MX: (data: MxData) => `${data.preference} ${nameText(data.exchange)}`,
  SRV: (data: SrvData) => `${data.priority} ${data.weight} ${data.port} ${nameText(data.target)}`,
  SOA: ({ mname, rname, serial, refresh, retry, expire, minimum }: SoaData) =>
    [nameText(mname), nameText(rname), serial, refresh, retry, expire, minimum].join(' '),
  HINFO: (data: HInfoData) => `${quoted(data.cpu)} ${quoted(data.os)}`,
  CAA: (data: CaaData) => `${data.flags ?? 0} ${data.tag} ${quoted(data.value)}`,
}

/** A record's data as a zone file has it; a type without a writer in the generic form '\# 2 0a0b' (RFC 3597 §5). */
export function rdataText(record: Answer): string {
  const { type, data } = record as Decoded
  const write = Object.hasOwn(writers, type) ? writers[type] : undefined
  if (write) return write(data as never)
  const bytes = Buffer.isBuffer(data) ? data : codecs.record(type).encode(data).subarray(2)
  return `\\# ${bytes.length}${bytes.length === 0 ? '' : ` ${bytes.toString('hex')}`}`
}

/** dns-packet's word for a type, such as 'UNKNOWN_65' → the one that dig uses. */
export function typeOf(type: string): string {
  const unknown = /^UNKNOWN_([0-9]+)$/.exec(type)
  return typeText(unknown ? Number(unknown[1]) : typeCode(type))
}

/** A decoded name → absolute, with \X and \DDD where a zone file needs them (RFC 1035 §5.1). */
export function nameText(decoded: string): string {
  if (decoded === '.' || decoded === '') return '.'
  const escaped = Array.from(Buffer.from(decoded), (byte) => escapedByte(byte, /[\\"();@$]/, 0x21)).join('')
  return `${escaped}.`
}

function quoted(string: unknown): string {
  const bytes = Buffer.isBuffer(string) ? string : Buffer.from(String(string))
  return `"${Array.from(bytes, (byte) => escapedByte(byte, /[\\"]/, 0x20)).join('')}"`
}

function escapedByte(byte: number, special: RegExp, firstVisible: number): string {
  if (byte < firstVisible || byte > 0x7e) return `\\${String(byte).padStart(3, '0')}`
  const character = String.fromCharCode(byte)
  return special.test(character) ? `\\${character}` : character
}
