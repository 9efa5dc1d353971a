/** Bytes → a quoted string of a zone file, with \" \\ and \DDD where bytes need them (RFC 1035 §5.1). */
export function quotedText(bytes: Iterable<number>): string {
  const escaped = Array.from(bytes, (byte) => {
    if (byte < 0x20 || byte > 0x7e) return `\\${String(byte).padStart(3, '0')}`
    const character = String.fromCharCode(byte)
    return character === '"' || character === '\\' ? `\\${character}` : character
  })
  return `"${escaped.join('')}"`
}
