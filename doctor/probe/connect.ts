import net from 'node:net'
import type { Connection } from '../ports.ts'
import { failureOf } from './in-time.ts'

const unreachable = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EACCES', 'ENETDOWN'])

/** Opens a TCP connection and closes it again. */
export function connect(address: string, port: number, timeoutMs: number): Promise<Connection> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port })
    const end = (connection: Connection): void => {
      clearTimeout(timer)
      socket.on('error', () => undefined)
      socket.destroy()
      resolve(connection)
    }
    const timer = setTimeout(
      () => end({ outcome: 'silent', reason: `no reply within ${timeoutMs} ms` }),
      timeoutMs,
    )
    socket.on('connect', () => end({ outcome: 'open', reason: '' }))
    socket.on('error', (error) => end(refusalOf(error)))
  })
}

function refusalOf(error: Error): Connection {
  const { failed, reason } = failureOf(error)
  if (failed === 'ECONNREFUSED') return { outcome: 'refused', reason }
  if (failed === 'ETIMEDOUT') return { outcome: 'silent', reason }
  return { outcome: unreachable.has(failed) ? 'unreachable' : 'failed', reason }
}
