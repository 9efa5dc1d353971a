import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { createFrameReader, frame } from '../host/dns/stream/framing.ts'

/** Transports of DNS other than HTTP. */
export type DnsTransport = 'udp' | 'tcp' | 'dot'

/** An address and port to ask. */
export type DnsPlace = { readonly host: string; readonly port: number }

/** A client of one server over one transport, with one socket. */
export type DnsClient = {
  /** Sends a query and resolves to its answer, whatever the order of answers. Rejects after 10 s, or when the connection ends. */
  ask(query: Uint8Array): Promise<Uint8Array>
  close(): void
}

const waitMs = 10_000

/** Opens a client. `secure` is for DNS over TLS. */
export async function openDnsClient(
  transport: DnsTransport,
  place: DnsPlace,
  secure: tls.ConnectionOptions = {},
): Promise<DnsClient> {
  const waiting = createWaiting()
  const wire =
    transport === 'udp'
      ? await openUdp(place, waiting)
      : await openStream(place, waiting, transport === 'dot' ? secure : undefined)
  return {
    async ask(query) {
      const { id, answer } = waiting.add()
      const own = query.slice()
      own[0] = id >> 8
      own[1] = id
      wire.send(own)
      const bytes = (await answer).slice()
      // The query's own id comes back, so that callers see what they would see without this client.
      bytes.set(query.subarray(0, 2))
      return bytes
    },
    close: wire.close,
  }
}

type Wire = { send(message: Uint8Array): void; close(): void }
type Waiting = ReturnType<typeof createWaiting>

/** Queries by the id that this client gives them. */
function createWaiting() {
  const waiting = new Map<number, PromiseWithResolvers<Uint8Array>>()
  let last = 0
  return {
    add(): { id: number; answer: Promise<Uint8Array> } {
      do last = (last + 1) & 0xffff
      while (waiting.has(last))
      const id = last
      const one = Promise.withResolvers<Uint8Array>()
      waiting.set(id, one)
      const timer = setTimeout(() => one.reject(new Error(`no answer within ${waitMs} ms`)), waitMs)
      const answer = one.promise.finally(() => {
        clearTimeout(timer)
        waiting.delete(id)
      })
      return { id, answer }
    },
    receive(message: Uint8Array): void {
      waiting.get(((message[0] ?? 0) << 8) | (message[1] ?? 0))?.resolve(message)
    },
    end(): void {
      for (const one of waiting.values()) one.reject(new Error('the connection ended'))
    },
  }
}

async function openUdp({ host, port }: DnsPlace, { receive, end }: Waiting): Promise<Wire> {
  const socket = dgram.createSocket(net.isIPv6(host) ? 'udp6' : 'udp4')
  socket.on('error', end)
  socket.on('message', receive)
  socket.connect(port, host)
  await once(socket, 'connect')
  return { send: (message) => socket.send(message), close: () => socket.close() }
}

async function openStream(
  place: DnsPlace,
  { receive, end }: Waiting,
  secure: tls.ConnectionOptions | undefined,
): Promise<Wire> {
  const socket = secure ? tls.connect({ ...place, ...secure }) : net.connect(place)
  await once(socket, secure ? 'secureConnect' : 'connect')
  const frames = createFrameReader(65_535)
  socket.on('error', end)
  socket.on('close', end)
  socket.on('data', (chunk: Buffer) => {
    frames.push(chunk)
    for (let message = frames.next(); message; message = frames.next()) receive(message)
  })
  return { send: (message) => void socket.write(frame(message)), close: () => socket.destroy() }
}
