import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import type { Readable } from 'node:stream'
import type { Log } from '../../worker/ports.ts'
import type { RunningFront } from '../front/front.ts'
import type { Certificate } from '../tls/development-certificate.ts'
import { type Handler } from './answer.ts'
import type { Limits } from './limits.ts'
import { startServer } from './server.ts'

/** A request of a test; a body in several pieces has a content-length only if `headers` has one. */
export type Sent = {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | readonly (string | Uint8Array)[]
}

/** The response. */
export type Got = {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: string
}

/** One connection to a server under test. */
export type Client = {
  send(sent: Sent): Promise<Got>
  close(): void
}

/** How tests reach a server. */
export type Transport = {
  readonly name: string
  readonly secure: boolean
  connect(url: string, ca: string): Client
}

/** The four ways in. */
export const transports: readonly Transport[] = [
  { name: 'HTTP/2 over TLS', secure: true, connect: connectH2 },
  { name: 'HTTP/1.1 over TLS', secure: true, connect: connectH1 },
  { name: 'plain HTTP/2', secure: false, connect: connectH2 },
  { name: 'plain HTTP/1.1', secure: false, connect: connectH1 },
]

function pieces({ body }: Sent): readonly (string | Uint8Array)[] {
  if (body === undefined) return []
  return typeof body === 'string' || body instanceof Uint8Array ? [body] : body
}

function connectH2(url: string, ca: string): Client {
  const session = http2.connect(url, { ca })
  session.on('error', () => {})
  return {
    async send(sent) {
      const hasBody = sent.body !== undefined
      const head = { ':method': sent.method, ':path': sent.path, ...sent.headers }
      const stream = session.request(head, { endStream: !hasBody })
      stream.on('error', () => {})
      for (const piece of pieces(sent)) stream.write(piece)
      if (hasBody) stream.end()
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
      return { status: Number(headers[':status']), headers, body: await textOf(stream) }
    },
    close: () => session.destroy(),
  }
}

function connectH1(url: string, ca: string): Client {
  const isSecure = url.startsWith('https:')
  const agent = isSecure
    ? new https.Agent({ keepAlive: true, maxSockets: 1, ca })
    : new http.Agent({ keepAlive: true, maxSockets: 1 })
  return {
    async send(sent) {
      const { method, path, headers = {} } = sent
      const request = (isSecure ? https : http).request(new URL(path, url), { agent, method, headers })
      request.on('error', () => {})
      for (const piece of pieces(sent)) request.write(piece)
      request.end()
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      return { status: response.statusCode ?? 0, headers: response.headers, body: await textOf(response) }
    },
    close: () => agent.destroy(),
  }
}

async function textOf(source: Readable): Promise<string> {
  let text = ''
  for await (const piece of source) text += String(piece)
  return text
}

/** Log lines, kept. */
export type KeptLog = Log & { readonly lines: { readonly message: string; readonly fields: string }[] }

/** A log that a test looks into. */
export function keepLog(): KeptLog {
  const lines: KeptLog['lines'] = []
  const keep = (message: string, fields: unknown): void =>
    void lines.push({ message, fields: JSON.stringify(fields) })
  return { lines, info: keep, warn: keep }
}

/** Limits that a test can wait for. A shorter linger could cut off a client that is slow to read its response. */
export const quick: Partial<Limits> = { sweepMs: 20, lingerMs: 500 }

/** A server on a free port of loopback. */
export function startTestServer(
  handler: Handler,
  given: { tls?: Certificate | undefined; limits?: Partial<Limits>; log?: Log } = {},
): Promise<RunningFront> {
  const { tls, limits, log = keepLog() } = given
  return startServer({
    listen: { host: '127.0.0.1', port: 0 },
    tls,
    handler,
    limits: { ...quick, ...limits },
    log,
  })
}
