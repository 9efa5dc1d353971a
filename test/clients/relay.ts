import { once } from 'node:events'
import net from 'node:net'

/** A TCP relay in front of a server, which can be away: nothing listens then, and all connections are reset. */
export type Relay = {
  readonly port: number
  /** Ends all connections and accepts no further ones. */
  leave(): Promise<void>
  comeBack(): Promise<void>
  close(): Promise<void>
}

/** Starts a relay on 127.0.0.1 to a port of 127.0.0.1. */
export async function startRelay(to: number): Promise<Relay> {
  const open = new Set<net.Socket>()
  const keep = (socket: net.Socket): net.Socket => {
    open.add(socket)
    // Both ends are reset while connections are in use.
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    return socket.setNoDelay(true)
  }
  const server = net.createServer((client) => {
    const edge = keep(net.connect(to, '127.0.0.1'))
    keep(client).pipe(edge).pipe(client)
    client.on('close', () => edge.destroy())
    edge.on('close', () => client.destroy())
  })
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as net.AddressInfo).port
  }
  const leave = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of open) socket.resetAndDestroy()
    await closed
  }
  const port = await listen(0)
  return {
    port,
    leave,
    comeBack: async () => void (await listen(port)),
    close: async () => (server.listening ? leave() : undefined),
  }
}
