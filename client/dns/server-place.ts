import { isIP } from 'node:net'
import type { Place } from '../connect-error.ts'
import { QueryError } from '../errors.ts'

/** A DNS server; `host` is 'HOST:PORT' for messages. */
export type ServerPlace = Place & { readonly port: number }

/**
 * 'HOST', 'HOST:PORT', '[IPv6]', '[IPv6]:PORT' or a bare IPv6 address → the server; `usualPort` is its port if the text
 * has none. Throws QueryError OPTION_SERVER.
 */
export function readServer(text: string, usualPort: number): ServerPlace {
  const match =
    isIP(text) === 6
      ? [text, text]
      : /^(?:\[([0-9a-fA-F:.]+(?:%[^\]]+)?)\]|([^:[\]/@\s]+))(?::([0-9]{1,5}))?$/.exec(text)
  const hostname = match?.[1] ?? match?.[2]
  const port = Number(match?.[3] ?? usualPort)
  const isAddress = match?.[1] === undefined || isIP(match[1]) === 6
  if (hostname === undefined || !isAddress || port < 1 || port > 65_535)
    throw new QueryError(
      'OPTION_SERVER',
      `--server is "${text}", it must be HOST or HOST:PORT such as 127.0.0.1:53; a DoH endpoint is the option --url`,
    )
  return { hostname, port, host: `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}` }
}

/** The server name of --tls-host, checked. Throws QueryError OPTION_TLS_HOST for an address, which SNI cannot have (RFC 6066 §3). */
export function readTlsHost(text: string): string {
  const name = text.replace(/\.$/, '')
  const isName = /^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*$/.test(name)
  if (isName && name.length <= 253 && isIP(name) === 0) return name
  throw new QueryError(
    'OPTION_TLS_HOST',
    `--tls-host is "${text}", it must be a host name such as dns.example.com`,
  )
}
