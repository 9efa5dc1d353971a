import { once } from 'node:events'
import { connect, createServer, type NetConnectOpts } from 'node:net'

/** Listens at one place and passes every connection on to another one. Resolves when it listens. */
export async function relay(
  from: { readonly path: string } | { readonly host: string; readonly port: number },
  to: NetConnectOpts,
): Promise<{ close(): void }> {
  const server = createServer((client) => {
    const target = connect(to)
    const end = (): void => {
      client.destroy()
      target.destroy()
    }
    for (const socket of [client, target]) socket.on('error', end).on('close', end)
    client.pipe(target).pipe(client)
  })
  server.listen(from)
  await once(server, 'listening')
  return server
}
