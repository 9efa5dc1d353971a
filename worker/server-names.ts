import { canonicalAddress } from '../dns/address.ts'
import { ConfigError, dohUrl, type Fields, textOf } from './config-fields.ts'
import { readDohPath } from './http/doh.ts'

/** The part of an edge's configuration about its own names, as clients use them. */
export type ServerNames = {
  /** The edge's public DoH URL, without a token. */
  readonly url?: string | undefined
  /**
   * The host name of DNS over TLS, in lower case. One label before it in the server name of a connection is a token.
   * Without it, no server name has a token.
   */
  readonly dotHost?: string | undefined
  /** The port of DNS over TLS for clients, where it is not the one on which the edge listens. */
  readonly dotPort?: number | undefined
}

/** The fields that parseServerNames reads. */
export const serverNameFields = ['url', 'dotHost'] as const

/** A server name has 253 characters at most; one label with its dot, the token, is before the host. */
const maxDotHostLength = 253 - 64

/** The fields of a configuration → the edge's names. Throws ConfigError. */
export function parseServerNames({ url, dotHost }: Fields): ServerNames {
  return {
    ...(url !== undefined && { url: parseOwnUrl(url) }),
    ...(dotHost !== undefined && parseDotHost(dotHost)),
  }
}

/** Everybody who may ask is told this URL (discovery.ts), so that it must not have a token. */
function parseOwnUrl(value: unknown): string {
  const url = dohUrl(value, 'url')
  const path = readDohPath(url.pathname)
  if (path !== undefined && path.token !== '')
    throw new ConfigError('url', 'the path goes on after /dns-query; leave the token out')
  return url.href
}

/** HOST or HOST:PORT. The host's final dot is left out, since server names in TLS have none (RFC 6066 §3). */
function parseDotHost(value: unknown): Pick<ServerNames, 'dotHost' | 'dotPort'> {
  const [, host = '', digits] =
    /^([^:]*?)\.?(?::([0-9]{1,5}))?$/.exec(textOf(value, 'dotHost').toLowerCase()) ?? []
  const port = digits === undefined ? undefined : Number(digits)
  const label = '(?!-)[a-z0-9-]{1,63}(?<!-)'
  // The server name of a client that connects to an address is empty (RFC 6066 §3), so that an address is no host.
  const isAddress = canonicalAddress(host) !== undefined
  const isName =
    !isAddress && host.length <= maxDotHostLength && new RegExp(`^${label}(\\.${label})*$`).test(host)
  if (isName && (port === undefined || (port > 0 && port <= 65_535)))
    return { dotHost: host, ...(port !== undefined && { dotPort: port }) }
  throw new ConfigError(
    'dotHost',
    `not a host name such as dns.example.com, of ${maxDotHostLength} characters at most, with or without a port`,
  )
}
