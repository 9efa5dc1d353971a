// As a path, since Bun replaces the package undici by a part of it.
import { Agent, buildConnector, type Dispatcher, fetch, ProxyAgent } from 'undici/index.js'
import { socks5Connector } from '../socks5-connector.ts'
import type { Fetch } from './edge-client.ts'

/**
 * The fetch for requests to the edge. `ca` is the PEM text of the only authorities to trust; undefined trusts Node's.
 * `proxy` is the URL of the proxy to use: HTTP, HTTPS or SOCKS5. Requests use HTTP/1.1 only: the agent sends few at a time, and one that times
 * out closes only its own connection. With HTTP/2, later requests would use the same dead connection, and a connection
 * that was reset during its handshake is not recognised as dead for a minute.
 */
export function edgeFetch(
  ca: string | undefined,
  proxy?: string,
): (...request: Parameters<Fetch>) => ReturnType<typeof fetch> {
  const dispatcher = dispatcherFor(ca === undefined ? {} : { ca }, proxy)
  return (url, init) => fetch(url, { ...init, dispatcher })
}

function dispatcherFor(tls: { readonly ca?: string }, proxy: string | undefined): Dispatcher {
  if (proxy === undefined) return new Agent({ allowH2: false, connect: tls })
  if (proxy.startsWith('socks5:'))
    return new Agent({ connect: socks5Connector(proxy, buildConnector({ ...tls, allowH2: false })) })
  return new ProxyAgent({ uri: proxy, allowH2: false, requestTls: tls, proxyTunnel: false })
}
