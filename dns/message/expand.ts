import { headerBytes, maxLabelBytes, maxNameBytes, pointerTag } from '../limits.ts'
import type { Name } from '../name.ts'
import { u16 } from '../uint.ts'

/** Thrown for a message that cannot be read, and caught by the readers of messages. `message` names the place. */
export class BrokenMessage extends Error {
  override readonly name = 'BrokenMessage'
  readonly code = 'MESSAGE_BROKEN'
}

/** A name of 255 bytes has at most 127 labels, and needs at most as many pointers. */
const maxPointers = 127

// One buffer for all names, because a name is read without interruption.
const scratch = new Uint8Array(maxNameBytes)

function nameOf(bytes: Uint8Array): Name {
  return String.fromCharCode.apply(undefined, bytes as unknown as number[])
}

/**
 * The name at an offset, its pointers followed (RFC 1035 §4.1.4), and the offset after it. A pointer leads only
 * backwards, into the body, and their number is limited, so a name costs a bounded number of steps. Throws
 * BrokenMessage.
 */
export function readName(bytes: Uint8Array, start: number): { name: Name; end: number } {
  let filled = 0
  let end: number | undefined
  let at = start
  let lowest = start
  for (let pointers = 0; ; ) {
    const length = bytes[at]
    if (length === undefined) throw new BrokenMessage('a name runs over the end')
    if (length >= pointerTag >> 8) {
      const target = u16(bytes, at) & ~pointerTag
      end ??= at + 2
      if (target >= lowest || target < headerBytes || ++pointers > maxPointers)
        throw new BrokenMessage('a pointer does not lead to a name before it')
      at = target
      lowest = target
      continue
    }
    if (length > maxLabelBytes) throw new BrokenMessage('a label is of an unknown kind')
    if (at + 1 + length > bytes.length) throw new BrokenMessage('a label runs over the end')
    if (filled + 1 + length > maxNameBytes)
      throw new BrokenMessage(`a name has more than ${maxNameBytes} bytes`)
    for (const last = at + length; at <= last; at++) scratch[filled++] = bytes[at] ?? 0
    if (length === 0) return { name: nameOf(scratch.subarray(0, filled)), end: end ?? at }
  }
}

/** One part of an rdata: a number of bytes, a character string, or a name. Bytes after the last part are copied unchanged. */
type Part = number | 'string' | 'name'

/**
 * The types whose rdata has names that a sender may have compressed. RFC 3597 §4 lists them; KX (RFC 2230) and DNAME
 * (RFC 2672) were also compressed in the past. The rdata of all other types is opaque.
 */
const layouts: ReadonlyMap<number, readonly Part[]> = new Map<number, readonly Part[]>([
  // NS, MD, MF, CNAME, MB, MG, MR, PTR, NXT, DNAME
  ...[2, 3, 4, 5, 7, 8, 9, 12, 30, 39].map((type): [number, readonly Part[]] => [type, ['name']]),
  // SOA, MINFO, RP
  [6, ['name', 'name', 20]],
  [14, ['name', 'name']],
  [17, ['name', 'name']],
  // MX, AFSDB, RT, KX
  ...[15, 18, 21, 36].map((type): [number, readonly Part[]] => [type, [2, 'name']]),
  // SIG, PX, SRV, NAPTR
  [24, [18, 'name']],
  [26, [2, 'name', 'name']],
  [33, [6, 'name']],
  [35, [4, 'string', 'string', 'string', 'name']],
])

/**
 * The rdata of a record between two offsets of a message → the same rdata with its names written in full, so
 * that it is valid in another message. Throws BrokenMessage when a part overruns the rdata.
 */
export function expandRdata(bytes: Uint8Array, type: number, start: number, end: number): Uint8Array {
  const layout = layouts.get(type)
  if (!layout) return bytes.slice(start, end)
  const parts: Uint8Array[] = []
  let at = start
  for (const part of layout) {
    const next = part === 'name' ? readName(bytes, at) : undefined
    const behind = next?.end ?? at + (typeof part === 'number' ? part : 1 + (bytes[at] ?? 0))
    if (behind > end) throw new BrokenMessage('a record ends inside its rdata')
    parts.push(next ? bytesOf(next.name) : bytes.subarray(at, behind))
    at = behind
  }
  parts.push(bytes.subarray(at, end))
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let to = 0
  for (const part of parts) {
    whole.set(part, to)
    to += part.length
  }
  return whole
}

function bytesOf(name: Name): Uint8Array {
  const bytes = new Uint8Array(name.length)
  for (let at = 0; at < name.length; at++) bytes[at] = name.charCodeAt(at)
  return bytes
}
