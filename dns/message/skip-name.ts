import { maxLabelBytes, pointerTag } from '../limits.ts'

/**
 * The offset after the name at `start`, which the root or a pointer ends (RFC 1035 §4.1.4). The pointer is not followed.
 * -1 if the message ends inside the name or a label is of an unknown kind.
 */
export function skipName(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; ) {
    const length = bytes[at] ?? 0
    if (length === 0) return at + 1
    if (length >= pointerTag >> 8) return at + 2
    if (length > maxLabelBytes) return -1
    at += 1 + length
  }
  return -1
}
