/** Names whose usual spelling has more capitals. */
const spellings = new Map(
  ['ETag', 'WWW-Authenticate'].map((spelling): [string, string] => [spelling.toLowerCase(), spelling]),
)

/**
 * A header name in lower case → its usual spelling over HTTP/1.1, such as 'Content-Length'. Header names are
 * case-insensitive (RFC 9110 §5.1), yet some clients compare the spelling: smartdns 40 does not find
 * `content-length`. HTTP/2 requires lower case (RFC 9113 §8.2.1). Names come from our own responses, so that the
 * memory of spellings stays small.
 */
export function canonicalHeaderName(name: string): string {
  const known = spellings.get(name)
  if (known !== undefined) return known
  const spelling = name.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase())
  spellings.set(name, spelling)
  return spelling
}
