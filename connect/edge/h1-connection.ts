import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { defaultAuthorities } from '../../client/authorities.ts'
import {
  type Connection,
  type EdgeRequest,
  type EdgeResponse,
  maxBodyBytes,
  mediaTypeOf,
} from './connection.ts'
import { type EdgePlace, serverNameOf } from './edge-place.ts'

export type H1Parts = {
  readonly place: EdgePlace
  readonly address: string
  readonly ca: string | undefined
  readonly lookup: LookupFunction
  readonly now: () => number
}

/** TCP connections at once. */
const maxSockets = 8

/** HTTP/1.1 to the edge, with up to eight connections that stay open. */
export function createH1Connection({ place, address, ca, lookup, now }: H1Parts): Connection {
  const { hostname: host, port, isSecure } = place
  const servername = serverNameOf(place)
  const agent = isSecure
    ? new https.Agent({ keepAlive: true, maxSockets, ca: ca ?? defaultAuthorities() })
    : new http.Agent({ keepAlive: true, maxSockets })
  const ended = Promise.withResolvers<void>()
  let heardMs = now()
  let isDead = false
  const end = (): void => {
    isDead = true
    ended.resolve()
  }
  const target = { agent, host, port, lookup, ...(servername === undefined ? {} : { servername }) }
  const destroy = (): void => {
    end()
    agent.destroy()
  }
  return {
    protocol: 'HTTP/1.1',
    address,
    maxInFlight: () => maxSockets,
    isDead: () => isDead,
    async send(request) {
      try {
        const response = await send(target, place, request)
        heardMs = now()
        return response
      } catch (error) {
        end()
        throw error
      }
    },
    lastHeardMs: () => heardMs,
    // HTTP/1.1 has no PING. A new connection costs little and works.
    probe: destroy,
    close: end,
    destroy,
    ended: ended.promise,
  }
}

function send(
  target: https.RequestOptions,
  { host, isSecure }: EdgePlace,
  { method, path, headers, body }: EdgeRequest,
): Promise<EdgeResponse> {
  return new Promise((resolve, reject) => {
    const length: Record<string, string> = body ? { 'content-length': String(body.length) } : {}
    const options = { ...target, method, path, headers: { host, ...headers, ...length } }
    const sent = isSecure ? https.request(options) : http.request(options)
    sent.on('error', reject)
    sent.on('response', (response) => void readResponse(response).then(resolve, reject))
    sent.end(body)
  })
}

async function readResponse(response: IncomingMessage): Promise<EdgeResponse> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > maxBodyBytes) throw new Error('the response is too long')
    pieces.push(piece)
  }
  const mediaType = mediaTypeOf(response.headers['content-type'])
  return { status: response.statusCode ?? 0, mediaType, bytes: Buffer.concat(pieces) }
}
