import { formatAddress } from '../address.ts'
import { u16 } from '../uint.ts'
import { quotedText } from './quoted-text.ts'

/** A parameter's value in wire form → its text; undefined when it is malformed, '' when the key has no value. */
type ValueText = (value: Uint8Array) => string | undefined

/** The keys by number (RFC 9460 §14.3.2, RFC 9461 §5, RFC 9540 §4). */
const keys: readonly (readonly [name: string, text: ValueText])[] = [
  ['mandatory', mandatoryText],
  ['alpn', alpnText],
  ['no-default-alpn', emptyText],
  ['port', (value) => (value.length === 2 ? String(u16(value, 0)) : undefined)],
  ['ipv4hint', addressesText(4)],
  ['ech', (value) => btoa(String.fromCharCode(...value)) || undefined],
  ['ipv6hint', addressesText(16)],
  ['dohpath', (value) => (value.length > 0 ? quotedText(value) : undefined)],
  ['ohttp', emptyText],
]

/**
 * The parameters of an SVCB or HTTPS record in wire form → one text each, such as 'alpn="h2,h3"', 'port=8443' or
 * 'key65000="a b"' for a key without a name (RFC 9460 §2.1, Appendix A); undefined when they are malformed: keys
 * that do not ascend, a length that overruns the rdata, a value that its key does not allow (RFC 9460 §2.2).
 */
export function svcParamsText(bytes: Uint8Array): string[] | undefined {
  const texts: string[] = []
  let lowest = 0
  for (let at = 0; at < bytes.length; ) {
    const key = u16(bytes, at)
    const end = at + 4 + u16(bytes, at + 2)
    if (at + 4 > bytes.length || end > bytes.length || key < lowest) return undefined
    const text = paramText(key, bytes.subarray(at + 4, end))
    if (text === undefined) return undefined
    texts.push(text)
    lowest = key + 1
    at = end
  }
  return texts
}

function paramText(key: number, value: Uint8Array): string | undefined {
  const text = keys[key]?.[1] ?? ((bytes: Uint8Array) => (bytes.length > 0 ? quotedText(bytes) : ''))
  const written = text(value)
  return written === '' ? keyText(key) : written && `${keyText(key)}=${written}`
}

function keyText(key: number): string {
  return keys[key]?.[0] ?? `key${key}`
}

function emptyText(value: Uint8Array): string | undefined {
  return value.length === 0 ? '' : undefined
}

/** Keys that a client must know, ascending, never `mandatory` itself (RFC 9460 §8). */
function mandatoryText(value: Uint8Array): string | undefined {
  const listed = Array.from({ length: value.length / 2 }, (_, index) => u16(value, 2 * index))
  const isAscending = listed.every((key, index) => key > (listed[index - 1] ?? 0))
  if (listed.length === 0 || value.length % 2 !== 0 || !isAscending) return undefined
  return listed.map(keyText).join(',')
}

/**
 * Protocol ids (RFC 9460 §7.1.1) as one comma-separated list. A comma or backslash in an id is escaped for the list
 * first, and the backslash of that again for the string (Appendix A.1): 'f\oo,bar' is "f\\\\oo\\,bar".
 */
function alpnText(value: Uint8Array): string | undefined {
  const ids: string[] = []
  for (let at = 0; at < value.length; at += 1 + (value[at] ?? 0)) {
    const length = value[at] ?? 0
    if (length === 0 || at + 1 + length > value.length) return undefined
    ids.push(String.fromCharCode(...value.subarray(at + 1, at + 1 + length)).replace(/[\\,]/g, '\\$&'))
  }
  if (ids.length === 0) return undefined
  return quotedText(Array.from(ids.join(','), (character) => character.charCodeAt(0)))
}

function addressesText(length: 4 | 16): ValueText {
  return (value) => {
    if (value.length === 0 || value.length % length !== 0) return undefined
    const count = value.length / length
    return Array.from({ length: count }, (_, index) =>
      formatAddress(value.subarray(length * index, length * (index + 1))),
    ).join(',')
  }
}
