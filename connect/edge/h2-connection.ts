import { once } from 'node:events'
import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import {
  type Connection,
  type EdgeRequest,
  type EdgeResponse,
  maxBodyBytes,
  mediaTypeOf,
} from './connection.ts'

/** The time for the answer to a PING (ms). */
const pingMs = 1_000

/** HTTP/2 on a TLS socket. Resolves when the edge's settings have arrived; rejects if the connection ends before. */
export async function createH2Connection(
  socket: Socket,
  { origin, address, now }: { readonly origin: string; readonly address: string; readonly now: () => number },
): Promise<Connection> {
  const session = http2.connect(origin, { createConnection: () => socket, settings: { enablePush: false } })
  let heardMs = now()
  const heard = (): void => {
    heardMs = now()
  }
  const ended = new Promise<void>((resolve) => {
    session.on('close', resolve)
    session.on('goaway', () => resolve())
  })
  await once(session, 'remoteSettings')
  // After an error the session closes itself, and its streams fail.
  session.on('error', () => {})
  socket.setNoDelay(true)
  return {
    protocol: 'HTTP/2',
    address,
    maxInFlight: () => session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY,
    isDead: () => session.closed || session.destroyed,
    send: (request) => send(session, request, heard),
    lastHeardMs: () => heardMs,
    probe: createProbe(session, heard),
    close: () => session.close(),
    destroy: () => session.destroy(),
    ended,
  }
}

/** Sends a PING unless one is under way, and destroys the session if the answer does not arrive in time. */
function createProbe(session: ClientHttp2Session, heard: () => void): () => void {
  let isUnderWay = false
  return () => {
    if (isUnderWay || session.destroyed) return
    isUnderWay = true
    const timer = setTimeout(() => session.destroy(new Error('the edge did not answer a PING')), pingMs)
    const onAnswer = (error: Error | null): void => {
      isUnderWay = false
      clearTimeout(timer)
      if (!error) heard()
    }
    try {
      if (!session.ping(onAnswer)) onAnswer(new Error('not sent'))
    } catch (error) {
      onAnswer(error as Error)
    }
  }
}

function send(session: ClientHttp2Session, request: EdgeRequest, heard: () => void): Promise<EdgeResponse> {
  return new Promise((resolve, reject) => {
    const { method, path, headers, body } = request
    const stream: ClientHttp2Stream = session.request(
      { ':method': method, ':path': path, ...headers },
      { endStream: body === undefined },
    )
    let status = 0
    let mediaType = ''
    let length = 0
    const pieces: Buffer[] = []
    stream.on('response', (response) => {
      heard()
      status = response[':status'] ?? 0
      mediaType = mediaTypeOf(response['content-type'])
    })
    stream.on('data', (piece: Buffer) => {
      length += piece.length
      if (length > maxBodyBytes) stream.destroy(new Error('the response is too long'))
      else pieces.push(piece)
    })
    stream.on('end', () => {
      const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
      if (status !== 0) resolve({ status, mediaType, bytes })
    })
    stream.on('error', reject)
    stream.on('close', () => reject(new Error('the edge closed the stream without a response')))
    if (body !== undefined) stream.end(body)
  })
}
