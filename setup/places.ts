/** The addresses of one edge for one caller. All but `origin` end in the caller's tokens if the DoH URL has some. */
export type Places = {
  /** Such as https://dns.example.com, without tokens: safe to show. */
  readonly origin: string
  /** DoH queries (RFC 8484). */
  readonly doh: string
  /** The zones as JSON (edge-zones.ts). */
  readonly zones: string
  /** The set-up page. */
  readonly setup: string
  /** The tokens in the path, '' if there is none. */
  readonly token: string
}

/** A text that is not the DoH URL of an edge. The message is one line, without the path, which may have a token. */
export class PlacesError extends Error {
  override readonly name = 'PlacesError'
  readonly code = 'DOH_URL_INVALID'
}

/**
 * The DoH URL of an edge, with or without tokens → its other addresses, which differ from it in one segment of the path:
 * /dns-query/TOKEN, /zones/TOKEN, /setup/TOKEN. A proxy may put a prefix before them. A template's `{?dns}` is left out.
 * Throws PlacesError for another path or other characters, for a query, a fragment or credentials, and for http, unless the host is a loopback address.
 */
export function placesOf(dohUrl: string): Places {
  const text = dohUrl.trim().replace(/\{[?&]dns\}$/, '')
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw new PlacesError('this is no URL such as https://dns.example.com/dns-query/TOKEN')
  const { origin, protocol, hostname } = url
  if (protocol === 'http:' && !/^(?:localhost|127\.[0-9.]+|\[::1\])$/.test(hostname))
    throw new PlacesError(`${origin}: not https; http is for 127.0.0.1, ::1 and localhost only`)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new PlacesError(`${origin}: the URL has a user, a query or a fragment; leave it out`)
  // Profiles have the URL in files of many syntaxes, where other characters would need escapes.
  if (!/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(hostname) || !/^[A-Za-z0-9._~%/,-]*$/.test(url.pathname))
    throw new PlacesError('the URL has a character that no DoH URL of an edge has')
  const [, prefix, token = ''] = /^(.*)\/dns-query(?:\/([^/]*))?$/.exec(url.pathname) ?? []
  if (prefix === undefined)
    throw new PlacesError(`${origin}: the path of the URL is not /dns-query or /dns-query/TOKEN`)
  const end = token === '' ? '' : `/${token}`
  const at = (place: string): string => `${origin}${prefix}/${place}${end}`
  return { origin, doh: at('dns-query'), zones: at('zones'), setup: at('setup'), token }
}
