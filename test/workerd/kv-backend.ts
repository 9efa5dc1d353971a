import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A KV store for `workerd serve` in this process, so that a test can delay reads. */
export type KvBackend = {
  readonly port: number
  readonly values: Map<string, Buffer>
  /** The number of reads so far. */
  reads(): number
  /** Called before each read is answered; a promise that never settles is a read that hangs. */
  beforeRead: (key: string) => Promise<void> | void
  /** The result of a write: refused, or stored and then refused. */
  fateOf: (operation: 'put' | 'delete', key: string) => 'done' | 'refused' | 'lost answer'
  /** Called for each write that took effect. */
  onWrite: (key: string, value: string | undefined) => void
  close(): Promise<void>
}

/** Serves the part of workerd's KV protocol that get, put and delete need. */
export async function startKvBackend(): Promise<KvBackend> {
  const values = new Map<string, Buffer>()
  let reads = 0
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://kv')
    const key = decodeURIComponent(url.pathname.slice(1))
    if (request.method === 'GET') {
      reads++
      await backend.beforeRead(key)
      const value = values.get(key)
      response.writeHead(value ? 200 : 404).end(value)
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const isPut = request.method === 'PUT'
    const fate = backend.fateOf(isPut ? 'put' : 'delete', key)
    if (fate !== 'refused') {
      const value = Buffer.concat(chunks)
      if (isPut) values.set(key, value)
      else values.delete(key)
      backend.onWrite(key, isPut ? value.toString() : undefined)
    }
    response.writeHead(fate === 'done' ? 204 : 503).end()
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const backend: KvBackend = {
    port: (server.address() as AddressInfo).port,
    values,
    reads: () => reads,
    beforeRead: () => undefined,
    fateOf: () => 'done',
    onWrite: () => undefined,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return backend
}
