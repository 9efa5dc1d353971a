import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { FLAG } from '../../dns/code.ts'
import type { Message } from '../../dns/message/read-message.ts'
import type { Answer } from '../answer.ts'
import { readCa } from '../authorities.ts'
import { connectError } from '../connect-error.ts'
import { QueryError } from '../errors.ts'
import { type QueryText, queryMessage } from '../query-message.ts'
import { withinMs } from '../within-ms.ts'
import { askStream, type StreamTls } from './ask-stream.ts'
import { askUdp } from './ask-udp.ts'
import { type AnswerReader, createAnswerReader } from './read-answer.ts'
import type { ServerPlace } from './server-place.ts'

/** A question for a DNS server. */
export type ServerQuestion = Pick<QueryText, 'name' | 'type' | 'edns'> & {
  readonly place: ServerPlace
  /** With 'udp', a truncated answer is asked for again over TCP (RFC 1035 §4.2.1, RFC 7766 §5). */
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** For 'tls': the server name, instead of the host of `place`. */
  readonly tlsHost?: string | undefined
  /** For 'tls': a PEM file with the only authorities to trust. */
  readonly caFile?: string | undefined
  /** The ID of the query: 0 to 65535, unpredictable (RFC 5452 §4.5). */
  readonly id: number
  /** The time from looking up the host to the last byte (ms). */
  readonly timeoutMs: number
  /** Unix ms. */
  readonly now: () => number
}

/** A query is sent this many times over UDP while no answer arrives. */
const datagrams = 3

/** Asks one question over UDP, TCP or TLS. Throws QueryError. */
export async function askServer(question: ServerQuestion): Promise<Answer> {
  const { place, transport, caFile, timeoutMs, now } = question
  // RFC 7830 and RFC 8467: padding hides the length of a name, which is of use where the rest is encrypted.
  const query = queryMessage({ ...question, padded: transport === 'tls' })
  const secure = transport === 'tls' ? await secureOf(question, caFile) : undefined
  const reader = createAnswerReader(query, place.host)
  const startedMs = now()
  const { message, address, over } = await withinMs(timeoutMs, place, async (signal) => {
    try {
      return await askAddresses({
        place,
        transport,
        secure,
        query,
        reader,
        resendMs: timeoutMs / datagrams,
        signal,
      })
    } catch (error) {
      const fault = reader.lastFault()
      if (!signal.aborted || fault === undefined) throw error
      throw new QueryError(
        'TIMEOUT',
        `${place.host} did not answer within ${timeoutMs} ms; what it sent was ignored: ${fault}`,
      )
    }
  })
  return { message, ms: now() - startedMs, server: `${address}#${place.port}(${place.hostname}) (${over})` }
}

async function secureOf({ place, tlsHost }: ServerQuestion, caFile: string | undefined): Promise<StreamTls> {
  const ca = caFile === undefined ? undefined : await readCa(caFile)
  return { serverName: tlsHost ?? (isIP(place.hostname) ? undefined : place.hostname), ca }
}

type Attempt = {
  readonly place: ServerPlace
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly secure: StreamTls | undefined
  readonly query: Uint8Array
  readonly reader: AnswerReader
  readonly resendMs: number
  readonly signal: AbortSignal
}

type Reached = { readonly message: Message; readonly address: string; readonly over: 'UDP' | 'TCP' | 'TLS' }

/** Asks at the addresses of a host, one after another, until one accepts the query. */
async function askAddresses(attempt: Attempt): Promise<Reached> {
  const { place, signal } = attempt
  const addresses = await addressesOf(place.hostname, signal)
  for (const [index, address] of addresses.entries()) {
    try {
      return await askAddress(attempt, address)
    } catch (error) {
      const isLast = index === addresses.length - 1
      if (isLast || signal.aborted || !isUnreachable(connectError(error, place))) throw error
    }
  }
  throw new QueryError('HOST_UNKNOWN', `the host ${place.hostname} has no address`)
}

function isUnreachable({ code }: QueryError): boolean {
  return code === 'CONNECT_REFUSED' || code === 'CONNECT_FAILED'
}

async function askAddress(attempt: Attempt, address: string): Promise<Reached> {
  const { place, transport, secure, ...rest } = attempt
  const to = { ...rest, address, port: place.port }
  if (transport === 'udp') {
    const message = await askUdp(to)
    if ((message.flags & FLAG.truncated) === 0) return { message, address, over: 'UDP' }
  }
  return { message: await askStream({ ...to, secure }), address, over: secure ? 'TLS' : 'TCP' }
}

/** A host's addresses in the system's order. A look-up cannot be cancelled, so at the signal it is left alone. */
async function addressesOf(hostname: string, signal: AbortSignal): Promise<string[]> {
  if (isIP(hostname)) return [hostname]
  const ended = Promise.withResolvers<never>()
  const onAbort = (): void => ended.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    const found = await Promise.race([lookup(hostname, { all: true }), ended.promise])
    return found.map(({ address }) => address)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
