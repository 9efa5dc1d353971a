import type { EdgeResponse } from './connection.ts'
import type { EdgeLink } from './link.ts'
import { LinkError } from './link-error.ts'

const dnsMessage = 'application/dns-message'
const headers = { accept: dnsMessage, 'content-type': dnsMessage }

/**
 * Sends a DNS query to the edge (RFC 8484, POST) → the DNS message of the response. `path` is that of the DoH URL. Throws
 * LinkError.
 */
export async function askEdge(link: EdgeLink, path: string, query: Uint8Array): Promise<Uint8Array> {
  const response = await link.request({ method: 'POST', path, headers, body: query })
  return bodyOf(response, dnsMessage)
}

/** The body of a response with status 200 and a media type. Throws LinkError. */
export function bodyOf(response: EdgeResponse, mediaType: string): Uint8Array {
  if (response.status !== 200) throw statusError(response.status)
  if (response.mediaType === mediaType) return response.bytes
  const got = response.mediaType === '' ? 'no content type' : response.mediaType
  throw new LinkError(
    'EDGE_ANSWER',
    `the edge answered with ${got} instead of ${mediaType}; is the URL that of its DoH endpoint, and is there a portal that this network wants you to sign in to?`,
  )
}

/** A status other than 200 → the error, whose message says what to do. Redirects are not followed, because the path may contain a token. */
export function statusError(status: number): LinkError {
  if (status === 401 || status === 403)
    return new LinkError(
      'EDGE_REFUSED',
      `the edge needs a token (HTTP status ${status}); use a URL with a token, such as https://HOST/dns-query/TOKEN`,
    )
  if (status === 404)
    return new LinkError(
      'EDGE_REFUSED',
      'the edge does not know this path (HTTP status 404): the token is not valid or has expired, or the URL is not that of its DoH endpoint; get a new URL from the people who run the cluster',
    )
  if (status === 429)
    return new LinkError(
      'EDGE_LIMITED',
      'the edge got too many queries (HTTP status 429); they are answered again soon',
    )
  if (status === 503)
    return new LinkError(
      'EDGE_NOT_READY',
      'the edge cannot read its access policy or its snapshot now (HTTP status 503); it is asked again',
    )
  const hint =
    status >= 300 && status < 400 ? '; redirects are not followed, use the URL that it leads to' : ''
  return new LinkError('EDGE_STATUS', `the edge answered with HTTP status ${status}${hint}`)
}
