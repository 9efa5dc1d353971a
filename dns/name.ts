import { maxLabelBytes, maxNameBytes } from './limits.ts'

/**
 * A domain name in wire form without compression, with one character (0-255) per byte, such as
 * '\x03web\x07default\x00'. A name ends in the root's zero byte; a relative name does not. Names can be concatenated
 * as strings, every suffix that begins with a label is a name, and a dot inside a label is an ordinary byte.
 */
export type Name = string

/** The root name. */
export const root: Name = '\0'

/**
 * A label (one character per byte) after its length byte: a relative name of one label.
 * Throws RangeError when the label is empty or longer than 63 bytes (RFC 1035 §2.3.4).
 */
export function labelName(label: string): Name {
  if (label.length === 0 || label.length > maxLabelBytes) {
    throw new RangeError(`a label has 1 to ${maxLabelBytes} bytes, "${label}" has ${label.length}`)
  }
  return String.fromCharCode(label.length) + label
}

/**
 * Text such as 'cluster.local' or 'cluster.local.' → an absolute name. ASCII letters, digits and any other
 * visible byte are copied unchanged. Escapes are not supported, since Kubernetes names do not need them.
 * Throws RangeError with the text when a label is empty or too long, a character is not visible ASCII, or the
 * name has more than 255 bytes.
 */
export function nameFromText(text: string): Name {
  const bare = text.endsWith('.') ? text.slice(0, -1) : text
  if (bare === '') return root
  if (!/^[\x21-\x7e]*$/.test(bare)) {
    throw new RangeError(`"${text}" has a character that is not visible ASCII`)
  }
  let name = ''
  for (const label of bare.split('.')) {
    if (label.length === 0 || label.length > maxLabelBytes) {
      throw new RangeError(
        `"${text}" has a label of ${label.length} bytes, a label has 1 to ${maxLabelBytes}`,
      )
    }
    name += labelName(label)
  }
  if (name.length + 1 > maxNameBytes) {
    throw new RangeError(
      `"${text}" has ${name.length + 1} bytes on the wire, a name has at most ${maxNameBytes}`,
    )
  }
  return name + root
}

/** True if nameFromText accepts this text. */
export function isNameText(text: string): boolean {
  try {
    nameFromText(text)
    return true
  } catch {
    return false
  }
}

/** A name → its labels, with one character per byte and without the root. */
export function labelsOf(name: Name): string[] {
  const labels: string[] = []
  for (let at = 0; at < name.length; ) {
    const length = name.charCodeAt(at)
    if (length === 0) break
    labels.push(name.slice(at + 1, at + 1 + length))
    at += 1 + length
  }
  return labels
}

/** A name → its text as printed by dig: with a final dot, and with \DDD or \X escapes where necessary (RFC 1035 §5.1). */
export function nameToText(name: Name): string {
  const labels = labelsOf(name)
  if (labels.length === 0) return '.'
  return `${labels.map(escapeLabel).join('.')}.`
}

function escapeLabel(label: string): string {
  return label.replace(/[^\x21-\x7e]|[.\\"();@$]/g, (byte) => {
    const code = byte.charCodeAt(0)
    return code < 0x21 || code > 0x7e ? `\\${String(code).padStart(3, '0')}` : `\\${byte}`
  })
}

/**
 * ASCII upper case → lower case; every other byte is unchanged (RFC 4343). Length bytes are below 64 and so never
 * letters, which allows to fold a whole name at once.
 */
export function fold(bytes: string): string {
  return /[A-Z]/.test(bytes) ? bytes.replace(/[A-Z]+/g, (upper) => upper.toLowerCase()) : bytes
}

/** The position of each label's length byte in a name, from left to right; the last one is the root's. */
export function labelStarts(name: Name): number[] {
  const starts: number[] = []
  for (let at = 0; at < name.length; at += 1 + name.charCodeAt(at)) {
    starts.push(at)
    if (name.charCodeAt(at) === 0) break
  }
  return starts
}
