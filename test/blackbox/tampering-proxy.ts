import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy that an edge follows in place of the real source. */
export type TamperingProxy = {
  readonly url: string
  /** The requests since the last change of `answer`. */
  readonly requests: readonly string[]
  /** How it answers from now on: as the source does, or by itself. */
  tamper(answer: 'not' | ((request: IncomingMessage, response: ServerResponse) => void)): void
  /** Sends the last request to the source again, and resolves to the status of the answer. */
  replay(): Promise<number>
  close(): Promise<void>
}

/** Starts a proxy on loopback that passes requests to the source at `target`. */
export async function startTamperingProxy(target: string): Promise<TamperingProxy> {
  let answer: Parameters<TamperingProxy['tamper']>[0] = 'not'
  let last: { readonly path: string; readonly init: RequestInit } | undefined
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (answer === 'not') void pass(request, response).catch(() => response.destroy())
    else answer(request, response)
  })

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const headers = { 'kubedoh-proof': String(request.headers['kubedoh-proof']) }
    const body = pieces.length > 0 ? { body: Buffer.concat(pieces) } : {}
    const sent = { path: request.url ?? '', init: { method: request.method ?? 'GET', headers, ...body } }
    const answered = await fetch(target + sent.path, sent.init)
    response.writeHead(answered.status).end(Buffer.from(await answered.arrayBuffer()))
    last = sent
  }

  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    tamper(next) {
      answer = next
      requests.length = 0
    },
    async replay() {
      const answered = await fetch(target + (last?.path ?? ''), last?.init)
      await answered.arrayBuffer()
      return answered.status
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
