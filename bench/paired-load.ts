import http2 from 'node:http2'
import { toBase64Url } from '../dns/base64url.ts'
import { query } from '../test/blackbox/ask.ts'
import { openHttp1 } from './http1-client.ts'
import type { MeasuredServer } from './measured-server.ts'
import type { Question } from './rounds.ts'

/** One request of a paired load, relative to the server's origin. Without a body it is a GET. */
export type PairedRequest = { readonly path: string; readonly body?: Uint8Array }

/** A client in this process, over connections that stay open. */
export type PairedClient = {
  /** Sends one request. Rejects unless the status is 200. */
  send(request: PairedRequest): Promise<void>
  close(): void
}

/** Parallel HTTP/2 sessions, which share their requests evenly. */
const sessions = 4

/** Opens a client. Certificates are not checked: the server is on this machine. */
export function openClient({ url, http1 }: Pick<MeasuredServer, 'url' | 'http1'>): PairedClient {
  return http1 ? openHttp1(new URL(url)) : openHttp2(new URL(url).origin)
}

function headersOf({ body }: PairedRequest): Record<string, string> {
  return body ? { 'content-type': 'application/dns-message', 'content-length': String(body.length) } : {}
}

function openHttp2(origin: string): PairedClient {
  const open = Array.from({ length: sessions }, () => http2.connect(origin, { rejectUnauthorized: false }))
  let next = 0
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const session = open[next++ % open.length] ?? open[0]
        const stream = session?.request({
          ...{ ':method': request.body ? 'POST' : 'GET', ':path': request.path },
          ...headersOf(request),
        })
        stream?.on('response', ({ ':status': status }) => {
          if (status !== 200) reject(new Error(`${request.path}: status ${status}`))
        })
        stream?.on('end', resolve).on('error', reject).resume().end(request.body)
      }),
    close: () => {
      for (const session of open) session.destroy()
    },
  }
}

/** The requests for a question, at a path: one by POST, or one by GET for each name. */
export function requestsOf(question: Question, path: string): readonly PairedRequest[] {
  if ('one' in question) return [{ path, body: query(question.one, 1) }]
  return question.all.map((name) => ({ path: `${path}?dns=${toBase64Url(query(name, 1))}` }))
}
