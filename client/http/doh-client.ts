import type { IncomingHttpHeaders } from 'node:http'
import { type Message, readMessage } from '../../dns/message/read-message.ts'
import type { Answer } from '../answer.ts'
import { readCa } from '../authorities.ts'
import { QueryError } from '../errors.ts'
import { type QueryText, queryMessage } from '../query-message.ts'
import { withinMs } from '../within-ms.ts'
import { exchangeHttp, type HttpExchange, type HttpRequest } from './http-exchange.ts'
import { urlTokens } from './url-tokens.ts'

/** A question for a DoH endpoint. */
export type DohQuestion = Pick<QueryText, 'name' | 'type' | 'edns'> & {
  /** The endpoint, https or http; a template's '{?dns}' is left out. */
  readonly url: string
  readonly method: 'GET' | 'POST'
  /** A PEM file with the only authorities to trust; without it, those of Node and of the system. */
  readonly caFile?: string | undefined
  /** The time from connecting to the last byte (ms). */
  readonly timeoutMs: number
  /** Unix ms. */
  readonly now: () => number
}

/** A DNS message that came with status 200. */
export type DohAnswer = Answer & {
  readonly headers: IncomingHttpHeaders
  /** '2' or '1.1'. */
  readonly httpVersion: string
}

const dnsMessage = 'application/dns-message'

/** Asks one question by RFC 8484. Throws QueryError; redirects are not followed. */
export async function askDoh(question: DohQuestion): Promise<DohAnswer> {
  const url = readDohUrl(question.url)
  const { name, type, edns } = question
  const message = queryMessage({ name, type, edns })
  const ca = question.caFile === undefined ? undefined : await readCa(question.caFile)
  const startedMs = question.now()
  const exchange = await withinMs(question.timeoutMs, url, (signal) =>
    exchangeHttp({ ...requestOf(url, message, question.method), ca, signal }),
  )
  const ms = question.now() - startedMs
  const { headers, httpVersion } = exchange
  // Terminals are recorded and shared, so the token in the URL is left out.
  const server = `${urlTokens(url).shown} (HTTP/${httpVersion})`
  return { message: messageOf(exchange, url), headers, ms, httpVersion, server }
}

function requestOf(
  url: URL,
  message: Uint8Array,
  method: 'GET' | 'POST',
): Pick<HttpRequest, 'url' | 'method' | 'headers' | 'body'> {
  const accept = { accept: dnsMessage }
  if (method === 'POST') {
    const headers = { ...accept, 'content-type': dnsMessage, 'content-length': String(message.length) }
    return { url, method, headers, body: message }
  }
  const asked = new URL(url)
  asked.search = `${url.search === '' ? '?' : `${url.search}&`}dns=${Buffer.from(message).toString('base64url')}`
  return { url: asked, method, headers: accept }
}

/** The text of a DoH endpoint, or of a template that ends in '{?dns}' → its URL. Throws QueryError OPTION_URL. */
export function readDohUrl(text: string): URL {
  const bare = text.replace(/\{[?&]dns\}$/, '')
  const url = URL.canParse(bare) ? new URL(bare) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  throw new QueryError('OPTION_URL', `"${text}" is no URL such as https://127.0.0.1:8443/dns-query`)
}

function messageOf({ status, headers, bytes }: HttpExchange, url: URL): Message {
  const mediaType = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (status !== 200) {
    const text = mediaType?.startsWith('text/') ? Buffer.from(bytes).toString().trim().slice(0, 200) : ''
    const moved = headers.location === undefined ? '' : `, to ${headers.location}`
    const reason = text === '' ? '' : `: ${text.replace(/\s+/g, ' ')}`
    throw new QueryError('HTTP_STATUS', `${url.host} answered with HTTP status ${status}${moved}${reason}`)
  }
  if (bytes.length > 65_535) throw new QueryError('ANSWER_INVALID', 'the answer has more than 65535 bytes')
  if (mediaType !== dnsMessage) {
    throw new QueryError(
      'ANSWER_INVALID',
      `${url.host} answered with ${mediaType ?? 'no content type'} instead of application/dns-message; is ${url.pathname} its DoH path?`,
    )
  }
  const message = readMessage(bytes)
  if ('broken' in message)
    throw new QueryError(
      'ANSWER_INVALID',
      `the answer of ${url.host} is not a DNS message: ${message.broken}`,
    )
  return message
}
