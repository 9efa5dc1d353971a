import { connectError } from '../../client/connect-error.ts'
import { exchangeHttp, type HttpExchange } from '../../client/http/http-exchange.ts'
import { queryMessage } from '../../client/query-message.ts'
import { withinMs } from '../../client/within-ms.ts'
import { readMessage } from '../../dns/message/read-message.ts'
import type { EdgeResponse, Failed, Ports } from '../ports.ts'
import { replyOf } from './dns-reply.ts'
import { failureOf } from './in-time.ts'

const dnsMessage = 'application/dns-message'

/** Asks the edge at a URL, each time on a new connection, as programs that look up one name do. */
export function createEdgeClient(
  url: URL,
  ca: string | undefined,
  timeoutMs: number,
): Pick<Ports, 'askEdge' | 'getFromEdge'> {
  const send = async (
    target: URL,
    accept: string,
    body: Uint8Array | undefined,
  ): Promise<HttpExchange | Failed> => {
    const post = { 'content-type': dnsMessage, 'content-length': String(body?.length) }
    const headers = { accept, ...(body ? post : {}) }
    try {
      return await withinMs(timeoutMs, target, (signal) =>
        exchangeHttp({ url: target, method: body ? 'POST' : 'GET', headers, body, ca, signal }),
      )
    } catch (error) {
      return failureOf(connectError(error, target))
    }
  }
  return {
    async askEdge(name, type) {
      const sent = await send(url, dnsMessage, queryMessage({ name, type, edns: true }))
      if ('failed' in sent) return sent
      return { ...textOf(sent), httpVersion: sent.httpVersion, reply: dnsReplyOf(sent) }
    },
    async getFromEdge(path) {
      const sent = await send(new URL(path, url), 'application/json', undefined)
      return 'failed' in sent ? sent : textOf(sent)
    },
  }
}

function textOf({ status, headers, bytes }: HttpExchange): Pick<EdgeResponse, 'status' | 'headers' | 'text'> {
  const flat = Object.entries(headers).map(([name, value]) => [name, String(value)])
  return {
    status,
    headers: Object.fromEntries(flat) as Record<string, string>,
    text: new TextDecoder().decode(bytes),
  }
}

function dnsReplyOf({ status, headers, bytes }: HttpExchange): EdgeResponse['reply'] {
  if (status !== 200 || headers['content-type']?.split(';')[0]?.trim() !== dnsMessage) return undefined
  const message = readMessage(bytes)
  return 'broken' in message ? undefined : replyOf(message)
}
