/** dig's + options that have a counterpart among the options of `query`. */
const counterparts: readonly (readonly [digOption: RegExp, option: string])[] = [
  [/^\+tcp$|^\+vc$/, '--tcp'],
  [/^\+tls$/, '--tls'],
  [/^\+tls-ca(=|$)/, '--ca FILE'],
  [/^\+tls-hostname(=|$)/, '--tls-host NAME'],
  [/^\+(https|http-plain)(-post)?(=|$)/, '--url URL'],
  [/^\+https-get(=|$)/, '--url URL and --get'],
  [/^\+(noedns|edns=)/, '--no-edns'],
  [/^\+(time|timeout)=/, '--timeout-ms MS'],
]

/**
 * A word in dig's language that `query` has in another form ('+tcp', '@1.1.1.1') → a message that names the right
 * option; undefined for every other word. '+short' is understood as it is.
 */
export function digWordFault(word: string): string | undefined {
  if (word.startsWith('@'))
    return `query does not know ${word}; name the server by --server ${word.slice(1) || 'HOST:PORT'}, or a DoH endpoint by --url URL`
  if (!word.startsWith('+') || word === '+short') return undefined
  const option = counterparts.find(([digOption]) => digOption.test(word))?.[1]
  return option === undefined
    ? `query does not know ${word}; of dig's + options it has only +short`
    : `query does not know ${word}; the option here is ${option}`
}
