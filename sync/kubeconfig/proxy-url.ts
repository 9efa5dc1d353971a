/** Schemes that kubectl takes (client-go, parseProxyURL). */
const schemes = ['http:', 'https:', 'socks5:']

/** A `proxy-url` → nothing, or a sentence's end that says why it is none. Never repeats its credentials. */
export function proxyProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is no URL, such as http://proxy.example.com:3128'
  const { protocol } = new URL(text)
  if (schemes.includes(protocol)) return undefined
  return `has the scheme ${protocol.slice(0, -1)}; it has to be http, https or socks5`
}
