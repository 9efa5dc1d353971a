import type { Answer } from './answer.ts'
import { askServer } from './dns/ask-server.ts'
import { readServer, readTlsHost } from './dns/server-place.ts'
import { askDoh, readDohUrl } from './http/doh-client.ts'
import type { Asked } from './questions.ts'

/** A server to ask. */
export type Endpoint = {
  /** Its URL or 'HOST:PORT', as given. */
  readonly label: string
  /** Asks one question. Throws QueryError. */
  ask(question: Asked): Promise<Answer>
}

/** Which servers to ask, and how. */
export type EndpointOptions = {
  /** DoH endpoints. */
  readonly urls: readonly string[]
  /** DNS servers as HOST or HOST:PORT. */
  readonly servers: readonly string[]
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly tlsHost: string | undefined
  readonly method: 'GET' | 'POST'
  readonly caFile: string | undefined
  readonly edns: boolean
  /** Of each question (ms). */
  readonly timeoutMs: number
  /** Unix ms. */
  readonly now: () => number
  /** An unpredictable number from 0 to 65535. */
  readonly randomId: () => number
}

/** The endpoints of the options, DoH first. Throws QueryError OPTION_* for a text that is not one. */
export function endpointsOf(options: EndpointOptions): Endpoint[] {
  const { urls, servers, transport, method, randomId, ...how } = options
  const tlsHost = options.tlsHost === undefined ? undefined : readTlsHost(options.tlsHost)
  for (const url of urls) readDohUrl(url)
  return [
    ...urls.map((url) => ({
      label: url,
      ask: (question: Asked) => askDoh({ ...how, ...question, url, method }),
    })),
    ...servers.map((text) => {
      const place = readServer(text, transport === 'tls' ? 853 : 53)
      return {
        label: text,
        ask: (question: Asked) =>
          askServer({ ...how, ...question, place, transport, tlsHost, id: randomId() }),
      }
    }),
  ]
}
