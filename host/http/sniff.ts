import type { Socket } from 'node:net'

/** The connection preface of HTTP/2 (RFC 9113 §3.4). No HTTP/1.1 request starts with it. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/**
 * Reads as many bytes of a connection as needed to tell HTTP/2 from HTTP/1.1, puts them back, and calls `onKnown`. When
 * the client leaves, or sends too few bytes within `timeoutMs`, the connection is closed and `onKnown` not called.
 */
export function sniff(socket: Socket, timeoutMs: number, onKnown: (isH2: boolean) => void): void {
  let seen = Buffer.alloc(0)
  const cut = (): void => void socket.destroy()
  const timer = setTimeout(cut, timeoutMs)
  const stop = (): void => {
    clearTimeout(timer)
    socket.off('readable', look)
    socket.off('end', cut)
  }
  const look = (): void => {
    const piece = socket.read() as Buffer | null
    if (!piece) return
    seen = Buffer.concat([seen, piece])
    const length = Math.min(seen.length, preface.length)
    const isH2 = seen.subarray(0, length).equals(preface.subarray(0, length))
    if (isH2 && length < preface.length) return
    stop()
    socket.unshift(seen)
    onKnown(isH2)
  }
  socket.on('readable', look)
  socket.on('end', cut)
  socket.on('close', stop)
}
