/**
 * A cluster's `server` → the URL that paths are appended to, without a trailing slash; or the end of a sentence that says
 * why it is invalid. Without a scheme it is HTTPS where the cluster or user has TLS settings, else HTTP (client-go,
 * rest.DefaultServerURL); query and fragment are dropped.
 */
export function serverUrl(
  server: string,
  hasTlsSettings: boolean,
): { readonly url: string } | { readonly problem: string } {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(server)
  const text = hasScheme ? server : `${hasTlsSettings ? 'https' : 'http'}://${server}`
  if (!URL.canParse(text)) return { problem: 'is no URL, such as https://10.0.0.1:6443' }
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { problem: `has the scheme ${url.protocol.slice(0, -1)}; it has to be https or http` }
  if (url.username !== '' || url.password !== '')
    return { problem: 'has credentials in it; they belong to the user' }
  if (!hasScheme && url.pathname !== '/') return { problem: 'has to be a URL or HOST:PORT' }
  return { url: `${url.origin}${url.pathname.replace(/\/+$/, '')}` }
}

/** Proxy schemes that kubectl accepts (client-go, parseProxyURL). */
const proxySchemes = ['http:', 'https:', 'socks5:']

/** A `proxy-url` → undefined, or the end of a sentence that says why it is invalid. Never repeats its credentials. */
export function proxyProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is no URL, such as http://proxy.example.com:3128'
  const { protocol } = new URL(text)
  if (proxySchemes.includes(protocol)) return undefined
  return `has the scheme ${protocol.slice(0, -1)}; it has to be http, https or socks5`
}
