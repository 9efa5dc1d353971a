import { formatAddress } from '../address.ts'
import { dnssecOkFlag, OPTION } from '../code.ts'
import type { Opt } from '../message/read-message.ts'
import { u16 } from '../uint.ts'

/** Extended DNS errors (RFC 8914 §5.2, and the IANA registry). */
const extendedErrors: readonly string[] = [
  'Other',
  'Unsupported DNSKEY Algorithm',
  'Unsupported DS Digest Type',
  'Stale Answer',
  'Forged Answer',
  'DNSSEC Indeterminate',
  'DNSSEC Bogus',
  'Signature Expired',
  'Signature Not Yet Valid',
  'DNSKEY Missing',
  'RRSIGs Missing',
  'No Zone Key Bit Set',
  'NSEC Missing',
  'Cached Error',
  'Not Ready',
  'Blocked',
  'Censored',
  'Filtered',
  'Prohibited',
  'Stale NXDOMAIN Answer',
  'Not Authoritative',
  'Not Supported',
  'No Reachable Authority',
  'Network Error',
  'Invalid Data',
  'Signature Expired before Valid',
  'Too Early',
  'Unsupported NSEC3 Iterations Value',
  'Unable to conform to policy',
  'Synthesized',
  'Invalid Query Type',
]

/**
 * An OPT record → dig's lines for it: version, flags and UDP size, then one for each option. Cookies have no
 * verdict such as dig's '(good)', since our queries carry none.
 */
export function optLines({ version, flags, udpBytes, options }: Opt): string[] {
  const dnssecOk = (flags & dnssecOkFlag) === 0 ? '' : ' do'
  const head = `; EDNS: version: ${version}, flags:${dnssecOk}; udp: ${udpBytes}`
  return [head, ...options.map(({ code, data }) => optionLine(code, data))]
}

function optionLine(code: number, data: Uint8Array): string {
  switch (code) {
    case OPTION.EXTENDED_ERROR:
      return data.length < 2 ? bytesLine('EDE', data) : errorLine(data)
    case OPTION.PADDING:
      return `; PAD: (${data.length} bytes)`
    case OPTION.COOKIE:
      return `; COOKIE: ${hexOf(data).join('')}`
    case OPTION.CLIENT_SUBNET:
      return subnetText(data) ?? bytesLine('CLIENT-SUBNET', data)
    case OPTION.NSID:
      return bytesLine('NSID', data)
    default:
      return bytesLine(`OPT=${code}`, data)
  }
}

/** Bytes in hexadecimal and as characters, those that are not ASCII as dots. */
function bytesLine(name: string, data: Uint8Array): string {
  if (data.length === 0) return `; ${name}`
  const text = String.fromCharCode(...data).replace(/[^\x20-\x7e]/g, '.')
  return `; ${name}: ${hexOf(data).join(' ')} ("${text}")`
}

/** A client subnet (RFC 7871 §6): family, source and scope prefix lengths, leading bytes of the address. */
function subnetText(data: Uint8Array): string | undefined {
  const length = { 1: 4, 2: 16 }[u16(data, 0)]
  if (length === undefined || data.length < 4 || data.length > 4 + length) return undefined
  const address = new Uint8Array(length)
  address.set(data.subarray(4))
  return `; CLIENT-SUBNET: ${formatAddress(address)}/${data[2]}/${data[3]}`
}

function errorLine(data: Uint8Array): string {
  const code = u16(data, 0)
  const text = new TextDecoder().decode(data.subarray(2))
  const meaning = extendedErrors[code]
  return `; EDE: ${code}${meaning === undefined ? '' : ` (${meaning})`}${text === '' ? '' : `: (${text})`}`
}

function hexOf(bytes: Uint8Array): string[] {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
}
