import { connect, type Socket } from 'node:net'
import type { PairedClient, PairedRequest } from './paired-load.ts'

/** Parallel connections. Each has one request at a time. */
const sockets = 16

type Waiting = { readonly request: PairedRequest; resolve(): void; reject(error: Error): void }

/**
 * A client over plain HTTP/1.1, for responses with a Content-Length. It costs less than node:http, so that the measured server
 * and not the client is the bottleneck, as with h2load.
 */
export function openHttp1({ hostname, port }: URL): PairedClient {
  const waiting: Waiting[] = []
  const free: Connection[] = []
  const open = Array.from({ length: sockets }, () =>
    connect({ host: hostname, port: Number(port), noDelay: true }),
  )
  for (const socket of open) {
    const connection = createConnection(socket, () => {
      const next = waiting.shift()
      if (next) connection.ask(next)
      else free.push(connection)
    })
    free.push(connection)
  }
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const asked = { request, resolve, reject }
        const connection = free.pop()
        if (connection) connection.ask(asked)
        else waiting.push(asked)
      }),
    close() {
      for (const socket of open) socket.destroy()
    },
  }
}

type Connection = { ask(asked: Waiting): void }

/** One connection. Calls `onFree` after each response. */
function createConnection(socket: Socket, onFree: () => void): Connection {
  let current: Waiting | undefined
  let received = ''
  const fail = (error: Error): void => current?.reject(error)
  socket.on('error', fail).on('close', () => fail(new Error('the server closed the connection')))
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text
    if (!current || !isComplete(received)) return
    const { request, resolve, reject } = current
    const [status = ''] = received.split('\r\n', 1)
    received = ''
    current = undefined
    if (status.startsWith('HTTP/1.1 200 ')) resolve()
    else reject(new Error(`${request.path}: ${status}`))
    onFree()
  })
  return {
    ask(asked) {
      current = asked
      socket.write(messageOf(asked.request))
    },
  }
}

function isComplete(received: string): boolean {
  const endsAt = received.indexOf('\r\n\r\n')
  if (endsAt < 0) return false
  const length = /\r\ncontent-length: ([0-9]+)\r\n/i.exec(received.slice(0, endsAt + 2))?.[1]
  return length !== undefined && received.length >= endsAt + 4 + Number(length)
}

function messageOf({ path, body }: PairedRequest): Buffer {
  const host = 'host: 127.0.0.1\r\n'
  if (!body) return Buffer.from(`GET ${path} HTTP/1.1\r\n${host}\r\n`)
  const type = `content-type: application/dns-message\r\ncontent-length: ${body.length}\r\n`
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${host}${type}\r\n`), body])
}
