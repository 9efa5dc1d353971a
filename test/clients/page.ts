import { once } from 'node:events'
import { createServer } from 'node:http'

/** Serves, on port 80 of every address, a page that says on which address it was asked. */
export async function servePage(): Promise<{ stop(): void }> {
  const server = createServer(({ socket }, response) => {
    const address = socket.localAddress?.replace(/^::ffff:/, '')
    response.setHeader('content-type', 'text/plain')
    response.end(`answered on ${address}\n`)
  })
  server.listen(80, '::')
  await once(server, 'listening')
  return {
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
