/**
 * An unexpected error → its text for the log: name, code, message and the places in the code. A message may quote a part
 * of the request or of a snapshot, so everything from its first to its last double quote is left out. The request's path
 * is never logged, because it may contain a token.
 */
export function faultText(error: unknown): string {
  if (!(error instanceof Error)) return 'a value that is not an Error was thrown'
  const { name, message, stack = '' } = error
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : ''
  const frames = stack.split('\n').filter((line) => /^ {4}at /.test(line))
  return [`${name}${code}: ${withoutQuotes(message)}`, ...frames].join('\n')
}

/** A text without its quoted parts. Quotes within quotes have no end of their own: the last one counts. */
function withoutQuotes(text: string): string {
  return text.replace(/"[^]*"/, '"…"')
}
