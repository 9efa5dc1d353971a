import { QueryError } from '../../client/errors.ts'
import { exchangeHttp } from '../../client/http-exchange.ts'
import { withinMs } from '../../client/within-ms.ts'
import { type EdgeZones, readEdgeZones } from '../../setup/edge-zones.ts'
import type { Places } from '../../setup/places.ts'

/** The time from connecting to the last byte (ms). */
const timeoutMs = 10_000

/**
 * Asks an edge for the zones that the token in its URL may see. `ca` is PEM text. Throws QueryError, whose messages never
 * have the URL's path, and EdgeZonesError.
 */
export async function fetchZones({ zones }: Places, ca: string | undefined): Promise<EdgeZones> {
  const url = new URL(zones)
  const request = { url, method: 'GET', headers: { accept: 'application/json' }, ca }
  const { status, bytes } = await withinMs(timeoutMs, url, (signal) => exchangeHttp({ ...request, signal }))
  if (status !== 200)
    throw new QueryError(
      'HTTP_STATUS',
      `${url.host} answered with HTTP status ${status}${status === 404 ? ': the token in the URL is not valid or has expired, or the edge is of an older release' : ''}`,
    )
  const edge = readEdgeZones(new TextDecoder().decode(bytes))
  if (edge.complete) return edge
  throw new QueryError('HTTP_STATUS', `${url.host} cannot read its access policy now; try again later`)
}
