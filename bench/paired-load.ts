import http from 'node:http'
import http2 from 'node:http2'
import type { MeasuredServer } from './measured-server.ts'

/** One request of a paired load, relative to the server's origin. Without a body it is a GET. */
export type PairedRequest = { readonly path: string; readonly body?: Uint8Array }

/** A client in this process, over connections that stay open. */
export type PairedClient = {
  /** Sends one request. Rejects unless the status is 200. */
  send(request: PairedRequest): Promise<void>
  close(): void
}

/** Parallel connections: HTTP/2 sessions, which share their requests evenly, or sockets of HTTP/1.1. */
const sessions = 4
const sockets = 16

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

function openHttp1({ hostname, port }: URL): PairedClient {
  const agent = new http.Agent({ keepAlive: true, maxSockets: sockets })
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const options = {
          ...{ agent, hostname, port, path: request.path, method: request.body ? 'POST' : 'GET' },
          headers: headersOf(request),
        }
        const sent = http.request(options, (response) => {
          if (response.statusCode !== 200) reject(new Error(`${request.path}: status ${response.statusCode}`))
          response.on('end', resolve).on('error', reject).resume()
        })
        sent.on('error', reject).end(request.body)
      }),
    close: () => agent.destroy(),
  }
}
