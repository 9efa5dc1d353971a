/** The bytes of an IP address: 4 for IPv4, 16 for IPv6. */
export type AddressBytes = Uint8Array

/**
 * Dotted-quad text → 4 bytes; undefined for other text. As strict as Go's netip: four decimal numbers up to 255 without
 * leading zeros.
 */
export function parseIPv4(text: string): AddressBytes | undefined {
  const bytes = new Uint8Array(4)
  let number = 0
  let digits = 0
  let dots = 0
  // By hand, since a query for a Service with 10,000 endpoints parses as many addresses.
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === dot) {
      if (digits === 0 || dots === 3) return undefined
      bytes[dots++] = number
      number = 0
      digits = 0
      continue
    }
    const digit = code - zero
    const isLeadingZero = digits > 0 && number === 0
    if (digit < 0 || digit > 9 || isLeadingZero) return undefined
    number = 10 * number + digit
    if (number > 255) return undefined
    digits++
  }
  if (dots !== 3 || digits === 0) return undefined
  bytes[3] = number
  return bytes
}

const dot = '.'.charCodeAt(0)
const zero = '0'.charCodeAt(0)

/**
 * IPv6 text in any spelling of RFC 4291 §2.2 (one '::', an embedded dotted quad at the end) → 16 bytes; undefined for
 * other text, such as one with a zone ID.
 */
export function parseIPv6(text: string): AddressBytes | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groupsOf(halves[0] ?? '', halves.length === 1)
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '', true) : []
  if (!head || !tail) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail]
  const bytes = new Uint8Array(16)
  for (const [index, group] of groups.entries()) {
    bytes[2 * index] = group >> 8
    bytes[2 * index + 1] = group & 0xff
  }
  return bytes
}

function groupsOf(text: string, mayEndDotted: boolean): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [index, part] of parts.entries()) {
    if (mayEndDotted && index === parts.length - 1 && part.includes('.')) {
      const quad = parseIPv4(part)
      if (!quad) return undefined
      const [a = 0, b = 0, c = 0, d = 0] = quad
      groups.push((a << 8) | b, (c << 8) | d)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16))
    } else return undefined
  }
  return groups
}

/**
 * Address text → its bytes, or undefined when it is not an address. An IPv4-mapped IPv6 address is IPv4, as in Go's
 * net.IP and so in CoreDNS's answers.
 */
export function parseAddress(text: string): AddressBytes | undefined {
  if (!text.includes(':')) return parseIPv4(text)
  const bytes = parseIPv6(text)
  return bytes && isMapped(bytes) ? bytes.slice(12) : bytes
}

function isMapped(bytes: AddressBytes): boolean {
  return bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0)
}

/** 4 or 16 bytes → canonical text (RFC 5952: lower case, the longest run of zero groups as '::'). */
export function formatAddress(bytes: AddressBytes): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0),
  )
  const run = longestZeroRun(groups)
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':')
  if (run.length < 2) return hex(groups)
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}

/** Address text → its canonical form (RFC 5952), or undefined when it is not an address. */
export function canonicalAddress(text: string): string | undefined {
  // A strict dotted quad is canonical already, and nearly all addresses are dotted quads.
  if (parseIPv4(text)) return text
  const bytes = parseAddress(text)
  return bytes && formatAddress(bytes)
}
