import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { maxMessageBytes } from '../../dns/limits.ts'
import type { Message } from '../../dns/message/read-message.ts'
import { createFrameReader, frame } from '../../host/dns/stream/framing.ts'
import { defaultAuthorities } from '../authorities.ts'
import type { AnswerReader } from './read-answer.ts'

/** The parts of TLS that the caller decides. */
export type StreamTls = {
  /** The name for SNI and for the certificate; without it, the certificate must have the server's address. */
  readonly serverName: string | undefined
  /** PEM text of the only authorities to trust; undefined: Node's and the system's. */
  readonly ca: string | undefined
}

/** One query over TCP or TLS. */
export type StreamQuery = {
  /** An IPv4 or IPv6 address. */
  readonly address: string
  readonly port: number
  /** DNS over TLS (RFC 7858); plain TCP when unset. */
  readonly secure?: StreamTls | undefined
  readonly query: Uint8Array
  readonly reader: AnswerReader
  readonly signal: AbortSignal
}

/**
 * Sends a query on a new connection, behind its length (RFC 7766 §8), until the answer arrives; other messages are
 * ignored. Rejects with the signal's reason, with the errors of the system and of TLS, and with the reader's QueryError.
 */
export async function askStream(asked: StreamQuery): Promise<Message> {
  const { secure, query, reader, signal } = asked
  signal.throwIfAborted()
  const socket = open(asked)
  const onAbort = (): void => void socket.destroy(signal.reason as Error)
  signal.addEventListener('abort', onAbort)
  try {
    await once(socket, secure ? 'secureConnect' : 'connect')
    const answer = nextAnswer(socket, reader)
    socket.write(frame(query))
    return await answer
  } finally {
    signal.removeEventListener('abort', onAbort)
    socket.on('error', () => {})
    socket.destroy()
  }
}

function open({ address, port, secure }: StreamQuery): net.Socket {
  if (!secure) return net.connect({ host: address, port, noDelay: true })
  const { serverName, ca } = secure
  return tls.connect({
    host: address,
    port,
    ca: ca ?? defaultAuthorities(),
    ALPNProtocols: ['dot'],
    ...(serverName === undefined ? {} : { servername: serverName }),
  })
}

function nextAnswer(socket: net.Socket, reader: AnswerReader): Promise<Message> {
  const frames = createFrameReader(maxMessageBytes)
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed it without an answer')))
    socket.on('data', (chunk: Buffer) => {
      frames.push(chunk)
      try {
        for (let bytes = frames.next(); bytes; bytes = frames.next()) {
          const answer = reader.read(bytes)
          if (answer) return resolve(answer)
        }
      } catch (error) {
        reject(error)
      }
    })
  })
}
