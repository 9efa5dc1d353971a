import { formatAddress, parseIPv4, parseIPv6 } from '../dns/address.ts'
import { quotedText } from '../dns/text/quoted-text.ts'

/** The fields of an rdata as dns-packet decodes them. */
type Fields = Readonly<Record<string, unknown>>

const name = (value: unknown): string => (value === '.' ? '.' : `${String(value)}.`)
const string = (value: unknown): string => quotedText(new TextEncoder().encode(String(value)))
const base64 = (value: unknown): string => btoa(String.fromCharCode(...(value as Uint8Array)))
const hex = (value: unknown): string =>
  Array.from(value as Uint8Array, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()
const time = (value: unknown): string =>
  new Date(Number(value) * 1000).toISOString().replace(/[-T:]|\..*/g, '')
const address = (value: unknown): string => {
  const bytes = parseIPv4(String(value)) ?? parseIPv6(String(value))
  return bytes ? formatAddress(bytes) : String(value)
}

/** How the fields of each type are written in a zone file. */
const writers: Readonly<Record<string, (data: never) => readonly unknown[]>> = {
  A: (data: unknown) => [address(data)],
  AAAA: (data: unknown) => [address(data)],
  NS: (data: unknown) => [name(data)],
  CNAME: (data: unknown) => [name(data)],
  PTR: (data: unknown) => [name(data)],
  DNAME: (data: unknown) => [name(data)],
  SOA: (f: Fields) => [name(f.mname), name(f.rname), f.serial, f.refresh, f.retry, f.expire, f.minimum],
  HINFO: (f: Fields) => [string(f.cpu), string(f.os)],
  MX: (f: Fields) => [f.preference, name(f.exchange)],
  TXT: (data: readonly Uint8Array[]) => data.map(quotedText),
  RP: (f: Fields) => [name(f.mbox), name(f.txt)],
  SRV: (f: Fields) => [f.priority, f.weight, f.port, name(f.target)],
  NAPTR: (f: Fields) => [
    ...[f.order, f.preference],
    ...[string(f.flags), string(f.services), string(f.regexp), name(f.replacement)],
  ],
  DS: (f: Fields) => [f.keyTag, f.algorithm, f.digestType, hex(f.digest)],
  SSHFP: (f: Fields) => [f.algorithm, f.hash, f.fingerprint],
  RRSIG: (f: Fields) => [
    ...[f.typeCovered, f.algorithm, f.labels, f.originalTTL, time(f.expiration), time(f.inception)],
    ...[f.keyTag, name(f.signersName), base64(f.signature)],
  ],
  DNSKEY: (f: Fields) => [f.flags, 3, f.algorithm, base64(f.key)],
  TLSA: (f: Fields) => [f.usage, f.selector, f.matchingType, hex(f.certificate)],
  CAA: (f: Fields) => [f.flags, f.tag, string(f.value)],
}

/** The data of a record that dns-packet decoded → its text in a zone file; undefined for types without a row above. */
export function decodedRdata(type: string, data: unknown): string | undefined {
  return Object.hasOwn(writers, type) ? writers[type]?.(data as never).join(' ') : undefined
}
