import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A network in front of a port, for tests. */
export type TestNetwork = {
  readonly port: number
  /** Silently drops all data of existing connections from now on. */
  cut(): void
  /** Resolves when the first data since the last cut has been dropped. */
  dropped(): Promise<void>
  /** New connections work again; existing ones stay dead. */
  heal(): void
  close(): Promise<void>
}

/** Forwards connections to a port of 127.0.0.1. */
export async function startNetwork(target: number): Promise<TestNetwork> {
  const sockets = new Set<Socket>()
  const alive = new Set<Socket>()
  let isCut = false
  let dropped = Promise.withResolvers<void>()
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    if (!isCut) alive.add(near)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => void (alive.has(near) ? to.write(bytes) : dropped.resolve()))
      // The end of a dropped connection is not forwarded.
      from.on('end', () => void (alive.has(near) && to.end()))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        if (alive.has(near)) to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true
      alive.clear()
      dropped = Promise.withResolvers()
    },
    dropped: () => dropped.promise,
    heal: () => void (isCut = false),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
