import { type EdgeZones, EdgeZonesError, readEdgeZones } from '../setup/edge-zones.ts'
import type { Places } from '../setup/places.ts'
import { readCa } from './authorities.ts'
import { QueryError } from './errors.ts'
import { exchangeHttp, type HttpExchange } from './http/http-exchange.ts'
import { withinMs } from './within-ms.ts'

/** The meaning of each status other than 200. No text has the token. */
const refusals: Readonly<Record<number, string>> = {
  401: 'it needs a token; append yours to the URL: /dns-query/TOKEN',
  404: 'it does not accept this token, or it is no edge with a list of zones',
  429: 'it has too many requests from this network; try again later',
  503: 'it cannot read the access policy now; try again later',
}

/**
 * Asks an edge for the zones of a caller. `caFile` is a PEM file with the only authorities to trust, `timeoutMs` the time
 * from connecting to the last byte. Throws QueryError.
 */
export async function askEdgeZones(
  places: Places,
  { caFile, timeoutMs }: { readonly caFile: string | undefined; readonly timeoutMs: number },
): Promise<EdgeZones> {
  const url = new URL(places.zones)
  const ca = caFile === undefined ? undefined : await readCa(caFile)
  const headers = { accept: 'application/json' }
  const answer = await withinMs(timeoutMs, new URL(places.origin), (signal) =>
    exchangeHttp({ url, method: 'GET', headers, ca, signal }),
  )
  return zonesOf(answer, places.origin)
}

function zonesOf({ status, bytes }: HttpExchange, origin: string): EdgeZones {
  if (status !== 200) {
    const reason = refusals[status] ?? 'is it an edge?'
    throw new QueryError('HTTP_STATUS', `${origin} answered with HTTP status ${status}: ${reason}`)
  }
  try {
    return readEdgeZones(Buffer.from(bytes).toString())
  } catch (error) {
    if (!(error instanceof EdgeZonesError)) throw error
    const message = `${origin} sent a list of zones that is not valid: ${error.message}`
    throw new QueryError('ANSWER_INVALID', message, { cause: error })
  }
}
