import type { OptAnswer } from 'dns-packet'

/** Extended DNS errors (RFC 8914 §5.2 and the IANA registry behind it). */
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

const optionCode = { cookie: 10, padding: 12, extendedError: 15 }

/** An OPT record → dig's lines for it: version, flags and size, then one for each option. */
export function optLines(opt: OptAnswer): string[] {
  const flags = opt.flag_do ? ' do' : ''
  const options = opt.options.map(({ code, data }) => optionLine(code, data ?? Buffer.alloc(0)))
  return [`; EDNS: version: ${opt.ednsVersion}, flags:${flags}; udp: ${opt.udpPayloadSize}`, ...options]
}

function optionLine(code: number, data: Buffer): string {
  if (code === optionCode.extendedError && data.length >= 2) return errorLine(data)
  if (code === optionCode.padding) return `; PAD: (${data.length} bytes)`
  if (code === optionCode.cookie) return `; COOKIE: ${data.toString('hex')}`
  return `; OPT=${code}: ${data.toString('hex')}`
}

function errorLine(data: Buffer): string {
  const code = data.readUInt16BE(0)
  const text = data.subarray(2).toString()
  const meaning = extendedErrors[code]
  return `; EDE: ${code}${meaning === undefined ? '' : ` (${meaning})`}${text === '' ? '' : `: (${text})`}`
}
