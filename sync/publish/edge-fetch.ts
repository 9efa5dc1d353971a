import { Agent, fetch, ProxyAgent } from 'undici'
import type { Fetch } from './edge-client.ts'

/**
 * The fetch for requests to the edge. `ca` is the PEM text of the only authorities to trust; undefined trusts Node's.
 * `proxy` is the URL of the proxy to use. Requests use HTTP/1.1 only: the agent sends few at a time, and one that times
 * out closes only its own connection. With HTTP/2, later requests would use the same dead connection, and a connection
 * that was reset during its handshake is not recognised as dead for a minute.
 */
export function edgeFetch(ca: string | undefined, proxy?: string): Fetch {
  const connect = ca === undefined ? {} : { ca }
  const dispatcher =
    proxy === undefined
      ? new Agent({ allowH2: false, connect })
      : new ProxyAgent({ uri: proxy, allowH2: false, requestTls: connect, proxyTunnel: false })
  return (url, init) => fetch(url, { ...init, dispatcher })
}
