import net, { type Socket } from 'node:net'
import tls from 'node:tls'
import { showCertificate } from '../../http/listener.ts'
import type { Certificate } from '../../tls/read-certificate.ts'
import type { Admission, Slot } from './admission.ts'
import type { TcpLimits } from './tcp-limits.ts'

/** Takes an admitted connection. `serverName` is the name that a TLS client asks for (SNI). */
type Serve = (slot: Slot, serverName: string | undefined) => void

/** Options of every socket: a client may close its sending side before it has its answers. */
const socketOptions = { allowHalfOpen: true, noDelay: true }

/** A server, not listening yet, that admits TCP connections. */
export function acceptTcp({ admit }: Admission, serve: Serve): net.Server {
  return net.createServer(socketOptions, (socket) => {
    const slot = admit(socket)
    if (slot) serve(slot, undefined)
  })
}

/**
 * The same for TLS. A client that offers protocols by ALPN must offer `dot` (RFC 7858 §3.1 predates its registration), or it
 * gets the alert no_application_protocol (RFC 7301 §3.2); a client without ALPN is served. Sessions are resumed by tickets,
 * as OpenSSL does by itself. Throws HostError CERTIFICATE_INVALID.
 */
export function acceptTls(
  certificate: Certificate,
  { handshakeMs }: TcpLimits,
  { admit }: Admission,
  serve: Serve,
): tls.Server {
  const shaking = new Map<string, Slot>()
  const server = tls.createServer({ ...socketOptions, ALPNProtocols: ['dot'], handshakeTimeout: handshakeMs })
  showCertificate(server, certificate)
  server.on('connection', (socket: Socket) => {
    const slot = admit(socket)
    if (!slot) return
    const key = keyOf(socket)
    shaking.set(key, slot)
    socket.on('close', () => shaking.delete(key))
  })
  server.on('secureConnection', (socket) => {
    const key = keyOf(socket)
    const slot = shaking.get(key)
    if (!slot) return void socket.destroy()
    shaking.delete(key)
    socket.on('error', () => {})
    slot.socket = socket
    serve(slot, socket.servername || undefined)
  })
  // Failed handshakes are not logged, because scanners cause many. After a timeout, the socket must be closed here.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return server
}

/** Unique among open connections; a TLS socket has the same value as its TCP socket. */
function keyOf(socket: Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`
}
