import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { frame } from '../../host/dns/stream/framing.ts'
import { query } from '../blackbox/ask.ts'
import type { Random } from '../seeded-random.ts'
import type { Places } from './server.ts'

/** An attack on a server, without end. */
export type Flood = {
  readonly name: string
  run(target: Places, connections: number, random: Random): Promise<void>
}

const asked = frame(query('none-linuxea.default.svc.cluster.local', 1))

/** An address of 127.0.0.0/8, as if many machines attacked. */
const anySource = (random: Random): string =>
  `127.${random.between(1, 250)}.${random.between(0, 255)}.${random.between(1, 254)}`

/** A connection, whose errors are ignored. Undefined if the server does not accept it. */
async function connect(
  place: { host: string; port: number },
  random: Random,
): Promise<net.Socket | undefined> {
  const socket = net.connect({ ...place, localAddress: anySource(random) })
  try {
    await once(socket, 'connect')
    socket.on('error', () => {})
    return socket
  } catch {
    return undefined
  }
}

/** Keeps this many connections open, 100 new ones at a time, each used by `use`. */
async function keepOpen(
  connections: number,
  open: () => Promise<net.Socket | undefined>,
  use: (socket: net.Socket) => void = () => {},
): Promise<void> {
  const sockets = new Set<net.Socket>()
  const add = async (): Promise<void> => {
    const socket = await open()
    if (!socket) return
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    use(socket)
  }
  for (;;) {
    const missing = Math.min(100, connections - sockets.size)
    if (missing > 0) await Promise.all(Array.from({ length: missing }, add))
    await sleep(missing > 0 ? 1 : 20)
  }
}

/** Sends one byte of a query every 200 ms on each connection. */
function dripping(random: Random): (socket: net.Socket) => void {
  return (socket) => {
    let at = 0
    const timer = setInterval(() => socket.write(asked.subarray(at, ++at)), random.between(150, 250))
    socket.on('close', () => clearInterval(timer))
  }
}

/** Sends queries without end, as fast as they are taken, and reads no answer. */
function neverReading(socket: net.Socket): void {
  socket.pause()
  const many = Buffer.concat(Array.from({ length: 500 }, () => asked))
  const send = (): void => {
    while (!socket.destroyed && socket.write(many));
  }
  socket.on('drain', send)
  send()
}

async function connectTls(target: Places, random: Random): Promise<net.Socket | undefined> {
  const raw = await connect(target.dot, random)
  if (!raw) return undefined
  const socket = tls.connect({ socket: raw, rejectUnauthorized: false })
  socket.on('error', () => {})
  return socket
}

/** Every flood, in the order of the report. */
export const floods: readonly Flood[] = [
  {
    name: 'TCP connections that send nothing',
    run: (target, connections, random) => keepOpen(connections, () => connect(target.tcp, random)),
  },
  {
    name: 'TCP connections that send single bytes',
    run: (target, connections, random) =>
      keepOpen(connections, () => connect(target.tcp, random), dripping(random)),
  },
  {
    name: 'connections to the TLS port without a handshake',
    run: (target, connections, random) => keepOpen(connections, () => connect(target.dot, random)),
  },
  {
    name: 'TLS connections that send single bytes',
    run: (target, connections, random) =>
      keepOpen(Math.ceil(connections / 10), () => connectTls(target, random), dripping(random)),
  },
  {
    name: 'pipelined queries whose answers are not read',
    run: (target, connections, random) =>
      keepOpen(Math.ceil(connections / 50), () => connect(target.tcp, random), neverReading),
  },
  {
    name: 'random bytes',
    run: (target, connections, random) =>
      keepOpen(
        Math.ceil(connections / 50),
        () => connect(random.chance(0.5) ? target.tcp : target.dot, random),
        (socket) => socket.end(Buffer.from(Array.from({ length: 2_000 }, () => random.between(0, 255)))),
      ),
  },
]
