import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type ClientHttp2Session, connect } from 'node:http2'
import { query } from '../../test/blackbox/ask.ts'

/** Asks for A records again and again, with as little work for the machine as can be. */
export type AddressClient = {
  /** The answer's bytes; undefined when there is none within 2 s or so. */
  ask(name: string): Promise<Buffer | undefined>
  close(): void
}

const typeA = 1
const patienceMs = 2_000

/** Asks a server on 127.0.0.1 over UDP. */
export async function openUdp(port: number): Promise<AddressClient> {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const waiting = new Map<number, (answer: Buffer | undefined) => void>()
  let id = 0
  socket.on('message', (answer) => waiting.get(answer.readUInt16BE(0))?.(answer))
  // Nobody listens yet: whoever waits hears nothing, which is what the deadline is for.
  socket.on('error', () => undefined)
  return {
    ask(name) {
      id = (id + 1) & 0xffff
      const own = id
      const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
      const deadline = setTimeout(resolve, patienceMs, undefined)
      waiting.set(own, resolve)
      socket.send(query(name, typeA, { id: own }))
      return promise.finally(() => {
        clearTimeout(deadline)
        waiting.delete(own)
      })
    },
    close: () => socket.close(),
  }
}

/** Asks a DoH server over one HTTP/2 connection, which trusts the certificates of a PEM file. */
export async function openDoh(url: string, caFile: string): Promise<AddressClient> {
  const { origin, pathname } = new URL(url)
  const session = connect(origin, { ca: await readFile(caFile) })
  await once(session, 'connect')
  return {
    ask: (name) => post(session, pathname, Buffer.from(query(name, typeA))),
    close: () => session.destroy(),
  }
}

function post(session: ClientHttp2Session, path: string, body: Buffer): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/dns-message',
  })
  const chunks: Buffer[] = []
  stream.setTimeout(patienceMs, () => stream.destroy())
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('error', () => resolve(undefined))
  stream.on('close', () => resolve(chunks.length > 0 ? Buffer.concat(chunks) : undefined))
  stream.end(body)
  return promise
}

/** Whether a DNS message has an A record with that address; it looks for the record's type, length and data. */
export function hasAddress(message: Buffer, address: string): boolean {
  return message.includes(Buffer.from([0, 4, ...address.split('.').map(Number)]))
}

/** Whether a DNS message says NOERROR and answers something. */
export function isAnswered(message: Buffer | undefined): boolean {
  return message !== undefined && (message.readUInt8(3) & 15) === 0 && message.readUInt16BE(6) > 0
}
