import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ScaleEdge } from './scale-cluster.ts'

/** The number of requests with a body, and the total size of their bodies. */
export type Traffic = { readonly requests: number; readonly bytes: number }

/** An edge behind a proxy that counts requests. */
export type CountedEdge = {
  readonly url: string
  readonly caFile: undefined
  traffic(): Traffic
  close(): Promise<void>
}

/** Starts a plain HTTP proxy on 127.0.0.1 that forwards each request to the edge and counts those with a body. */
export async function countTraffic(edge: ScaleEdge): Promise<CountedEdge> {
  let traffic: Traffic = { requests: 0, bytes: 0 }
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat((await request.toArray()) as Buffer[])
    if (body.length > 0) traffic = { requests: traffic.requests + 1, bytes: traffic.bytes + body.length }
    const { host: _host, connection: _connection, ...headers } = request.headers
    const answer = await edge.fetch(edge.url + (request.url ?? '/'), {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(body.length > 0 && { body }),
    })
    const type = answer.headers.get('content-type') ?? 'application/octet-stream'
    response.writeHead(answer.status, { 'content-type': type })
    response.end(Buffer.from(await answer.arrayBuffer()))
  }
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caFile: undefined,
    traffic: () => traffic,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
