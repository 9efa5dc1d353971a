import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type ClientHttp2Session, connect } from 'node:http2'
import { query } from '../../test/blackbox/ask.ts'

/** A client for A records that uses little CPU per query. */
export type AddressClient = {
  /** The bytes of the answer; undefined if there is none within about 2 s. */
  ask(name: string): Promise<Buffer | undefined>
  close(): void
}

const typeA = 1
const patienceMs = 2_000

/** A client of a server on 127.0.0.1 over UDP. */
export async function openUdp(port: number): Promise<AddressClient> {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const waiting = new Map<number, (answer: Buffer | undefined) => void>()
  let id = 0
  socket.on('message', (answer) => waiting.get(answer.readUInt16BE(0))?.(answer))
  // The server does not listen yet: the deadline ends the waits.
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

/** A client of a DoH server over one HTTP/2 connection that trusts the certificates of a PEM file. */
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

/** Whether a DNS message has an A record with that address: it searches for rdata length and address. */
export function hasAddress(message: Buffer, address: string): boolean {
  return message.includes(Buffer.from([0, 4, ...address.split('.').map(Number)]))
}

/** Whether a DNS message has NOERROR and at least one answer. */
export function isAnswered(message: Buffer | undefined): boolean {
  return message !== undefined && (message.readUInt8(3) & 15) === 0 && message.readUInt16BE(6) > 0
}
