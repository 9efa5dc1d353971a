import { SocksClient } from 'socks'
import type { buildConnector } from 'undici'

/** How long a proxy may take to connect (ms); undici's limit for a direct connection. */
const timeoutMs = 10_000

/**
 * A connector of undici that goes through a SOCKS5 proxy (RFC 1928; a user and password in the URL are sent by
 * RFC 1929). The proxy resolves names, as for kubectl. `connect` speaks TLS to the target, with its own settings. Fails
 * with an error that names the proxy, without its password.
 */
export function socks5Connector(
  proxyUrl: string,
  connect: buildConnector.connector,
): buildConnector.connector {
  const { hostname, port, host, username, password } = new URL(proxyUrl)
  const proxy = {
    host: unbracketed(hostname),
    port: Number(port || 1080),
    type: 5 as const,
    ...(username !== '' && {
      userId: decodeURIComponent(username),
      password: decodeURIComponent(password),
    }),
  }
  return (target, callback) => {
    const destination = { host: unbracketed(target.hostname), port: Number(target.port || portOf(target)) }
    SocksClient.createConnection({ proxy, command: 'connect', destination, timeout: timeoutMs }).then(
      ({ socket }) => {
        if (target.protocol === 'https:') connect({ ...target, httpSocket: socket }, callback)
        else callback(null, socket.setNoDelay(true))
      },
      (error: unknown) => {
        const cause = error instanceof Error ? error.message : String(error)
        callback(new Error(`through the SOCKS5 proxy ${host}: ${cause}`), null)
      },
    )
  }
}

function portOf({ protocol }: buildConnector.Options): number {
  return protocol === 'https:' ? 443 : 80
}

/** The host of a URL without the brackets of an IPv6 address. */
function unbracketed(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}
