import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { createTasks } from '../../tasks.ts'
import type { DnsHandler } from '../handler.ts'
import { createFrameReader, frame } from './framing.ts'
import { startTcpServer, type TcpServer, type TcpServerOptions } from './tcp-server.ts'

/** A client's connection of a test. */
export type StreamClient = {
  readonly socket: net.Socket
  /** Sends messages, each behind its length, in one write. */
  send(...messages: readonly Uint8Array[]): void
  /** The next message from the server; undefined when the server has closed. */
  receive(): Promise<Uint8Array | undefined>
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>
}

/** Connects over TCP, from `localAddress` if given, or over TLS with these options. Rejects if the handshake fails. */
export async function connectStream(
  to: { readonly host: string; readonly port: number; readonly localAddress?: string },
  secure?: tls.ConnectionOptions,
): Promise<StreamClient> {
  const at = { ...to, allowHalfOpen: true }
  const socket = secure ? tls.connect({ ...at, ...secure }) : net.connect(at)
  await once(socket, secure ? 'secureConnect' : 'connect')
  return clientOf(socket)
}

function clientOf(socket: net.Socket): StreamClient {
  const frames = createFrameReader(65_535)
  const messages: Uint8Array[] = []
  const waiting: ((message: Uint8Array | undefined) => void)[] = []
  let isOver = false
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    frames.push(chunk as Buffer)
    for (let next = frames.next(); next; next = frames.next()) messages.push(next)
    while (waiting.length > 0 && messages.length > 0) waiting.shift()?.(messages.shift())
  })
  const end = (): void => {
    isOver = true
    for (const give of waiting.splice(0)) give(undefined)
    socket.end()
  }
  socket.on('end', end)
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve(end())))
  return {
    socket,
    send: (...all) => void socket.write(Buffer.concat(all.map(frame))),
    receive: () =>
      isOver || messages.length > 0
        ? Promise.resolve(messages.shift())
        : new Promise((resolve) => waiting.push(resolve)),
    closed,
  }
}

/** Starts a server on a free port of 127.0.0.1; its handler returns each message. */
export function startEcho(options: Partial<TcpServerOptions> = {}): Promise<TcpServer> {
  const log = options.log ?? { info: () => {}, warn: () => {} }
  const handler: DnsHandler = ({ bytes }) => Promise.resolve(bytes)
  return startTcpServer({
    listen: { host: '127.0.0.1', port: 0 },
    handler,
    tasks: createTasks(log),
    log,
    ...options,
  })
}
