import type { ReadRecord } from '../message/read-message.ts'
import { hostIdentity, ipsecKey } from './host-key-fields.ts'
import { type Cursor, type Field, hexText } from './rdata-cursor.ts'
import {
  address,
  addressPrefixes,
  algorithm,
  byte,
  certificateType,
  countedBase64,
  hashedName,
  loc,
  long,
  name,
  restBase64,
  restHex,
  restQuoted,
  salt,
  short,
  sixBytes,
  string,
  strings,
  svcParams,
  tag,
  time,
  tsigError,
  type,
  types,
} from './rdata-fields.ts'

const digest = [short, byte, byte, restHex]
const key = [short, byte, byte, restBase64]
const signature = [type, byte, byte, long, time, time, short, name, restBase64]
const certificate = [byte, byte, byte, restHex]
const service = [short, name, svcParams]

/** The fields of an rdata in their order, by type. Every type in this table is printed in its own form. */
const layouts: Readonly<Record<number, readonly Field[]>> = {
  1: [address(4)],
  // NS, CNAME, PTR, DNAME
  2: [name],
  5: [name],
  12: [name],
  39: [name],
  // SOA
  6: [name, name, long, long, long, long, long],
  // HINFO
  13: [string, string],
  // MX, AFSDB, KX
  15: [short, name],
  18: [short, name],
  36: [short, name],
  // TXT, SPF
  16: [strings],
  99: [strings],
  // RP
  17: [name, name],
  28: [address(16)],
  // LOC (RFC 1876 §3)
  29: [loc],
  // SRV (RFC 2782)
  33: [short, short, short, name],
  // NAPTR (RFC 3403 §4.1)
  35: [short, short, string, string, string, name],
  // CERT (RFC 4398 §2.2)
  37: [certificateType, short, algorithm, restBase64],
  // APL (RFC 3123 §5)
  42: [addressPrefixes],
  // DS, CDS, TA, DLV (RFC 4034 §5.3)
  43: digest,
  59: digest,
  32_768: digest,
  32_769: digest,
  // KEY, DNSKEY, CDNSKEY (RFC 4034 §2.2)
  25: key,
  48: key,
  60: key,
  // SIG, RRSIG (RFC 4034 §3.2)
  24: signature,
  46: signature,
  // SSHFP (RFC 4255 §3.2)
  44: [byte, byte, restHex],
  // IPSECKEY (RFC 4025 §3.1)
  45: [ipsecKey],
  // NSEC (RFC 4034 §4.2)
  47: [name, types],
  // DHCID (RFC 4701 §3.2)
  49: [restBase64],
  // NSEC3, NSEC3PARAM (RFC 5155 §3.3, §4.3)
  50: [byte, byte, short, salt, hashedName, types],
  51: [byte, byte, short, salt],
  // TLSA, SMIMEA (RFC 6698 §2.2, RFC 8162 §2)
  52: certificate,
  53: certificate,
  // HIP (RFC 8005 §6)
  55: [hostIdentity],
  // SVCB, HTTPS (RFC 9460 §2.1)
  64: service,
  65: service,
  // TKEY (RFC 2930 §2), TSIG (RFC 8945 §4.2): the RFCs have no text, so this is BIND's
  249: [name, long, long, short, tsigError, countedBase64, countedBase64],
  250: [name, sixBytes, short, countedBase64, short, tsigError, countedBase64],
  // URI (RFC 7553 §4.3)
  256: [short, short, restQuoted],
  // CAA (RFC 8659 §4.1)
  257: [byte, tag, restQuoted],
}

/**
 * A record's data as text of a zone file. A type without a form here, such as NULL (RFC 1035 §3.3.10), and data that is
 * not valid for its type are in the generic form '\# 2 0A0B' (RFC 3597 §5), as in BIND.
 */
export function rdataText(bytes: Uint8Array, record: ReadRecord): string {
  const { start, end } = record
  return formOf(layouts[record.type], { bytes, at: start, end }) ?? genericText(bytes.subarray(start, end))
}

function formOf(layout: readonly Field[] | undefined, cursor: Cursor): string | undefined {
  const texts: string[] = []
  for (const field of layout ?? []) {
    const text = field(cursor)
    if (text === undefined) return undefined
    if (text !== '') texts.push(text)
  }
  return layout && cursor.at === cursor.end ? texts.join(' ') : undefined
}

function genericText(rdata: Uint8Array): string {
  return `\\# ${rdata.length}${rdata.length === 0 ? '' : ` ${hexText(rdata)}`}`
}
