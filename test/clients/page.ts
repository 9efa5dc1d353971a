import { once } from 'node:events'
import { createServer } from 'node:http'

/** Serves a page on port 80 of every address. Its text is the address that received the request. */
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
