import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A SOCKS5 proxy for tests (RFC 1928), which demands this user and password (RFC 1929) if they are given. */
export type TestSocks5 = {
  readonly port: number
  /** The targets of CONNECT requests, such as 'localhost:443'. */
  readonly asked: string[]
  close(): Promise<void>
}

/** Starts a proxy on 127.0.0.1, which connects to 127.0.0.1 only. */
export async function startTestSocks5(credentials?: {
  readonly user: string
  readonly password: string
}): Promise<TestSocks5> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    sockets.add(near)
    near.on('error', () => {}).on('close', () => sockets.delete(near))
    void serve(near, credentials, asked)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function serve(
  near: Socket,
  credentials: { readonly user: string; readonly password: string } | undefined,
  asked: string[],
): Promise<void> {
  const [, methods = 0] = await take(near, 2)
  await take(near, methods)
  near.write(Buffer.from([5, credentials ? 2 : 0]))
  if (credentials) {
    const [, userLength = 0] = await take(near, 2)
    const user = (await take(near, userLength)).toString()
    const password = (await take(near, (await take(near, 1))[0] ?? 0)).toString()
    const isRight = user === credentials.user && password === credentials.password
    near.write(Buffer.from([1, isRight ? 0 : 1]))
    if (!isRight) return void near.end()
  }
  const [, , , type] = await take(near, 4)
  const host =
    type === 3
      ? (await take(near, (await take(near, 1))[0] ?? 0)).toString()
      : [...(await take(near, 4))].join('.')
  const port = (await take(near, 2)).readUInt16BE()
  asked.push(`${host}:${port}`)
  const far = connect(port, '127.0.0.1', () => {
    near.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
    near.pipe(far).pipe(near)
  })
  far.on('error', () => near.destroy())
  near.on('close', () => far.destroy())
}

/** The next bytes of a connection, exactly so many. */
async function take(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(count) as Buffer | null
    if (bytes) return bytes
    await once(socket, 'readable')
  }
}
