import { dohPath } from './doh.ts'
import type { DohRequest } from './request.ts'

/** Host names and addresses with an optional port, which need no escaping in HTML and in commands. */
const plainHost = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/i

/**
 * The DoH URL of this edge, without a token, as the client of a request reaches it: by the request's host, unless the
 * configuration has the URL. The path alone if the host is not one, such as 256.1 or a:99999.
 */
export function dohUrlOf(request: DohRequest, configured: string | undefined): string {
  if (configured !== undefined) return configured
  const host = request.header('host') ?? ''
  const url = `https://${host}${dohPath}`
  return plainHost.test(host) && URL.canParse(url) ? url : dohPath
}
