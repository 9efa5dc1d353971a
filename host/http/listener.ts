import net from 'node:net'
import tls from 'node:tls'
import type { Meter } from '../../worker/ports.ts'
import { errorText, HostError } from '../errors.ts'
import type { Certificate } from '../tls/read-certificate.ts'
import type { Limits } from './limits.ts'
import type { Protocol } from './protocol.ts'
import { sniff } from './sniff.ts'

/** The handler of a connection by its protocol, once that is known. */
export type Protocols = { readonly h1: Protocol; readonly h2: Protocol }

/** The server that listens, and its connections. */
export type Listener = {
  readonly server: net.Server
  /** Closes connections whose protocol is not known yet, and lets both protocols finish theirs. */
  readonly drain: () => void
  /** Closes every connection at once. */
  readonly cut: () => void
}

/**
 * Accepts all connections and finds their protocol. With TLS it is chosen by ALPN: a client without ALPN gets HTTP/1.1,
 * one with unknown protocols an alert (RFC 7301 §3.2). Without TLS, the first bytes decide. A connection without a
 * protocol after `headersMs` is closed.
 *
 * `meter` counts the connections once their protocol is known, and those that are dropped above `maxConnections`.
 *
 * Throws HostError CERTIFICATE_INVALID when OpenSSL refuses the PEM texts.
 */
export function createListener(
  certificate: Certificate | undefined,
  protocols: Protocols,
  limits: Limits,
  meter?: Meter,
): Listener {
  const open = new Set<net.Socket>()
  const undecided = new Map<string, net.Socket>()
  const enter = (socket: net.Socket, isH2: boolean): void => {
    undecided.delete(peerOf(socket))
    // Broken connections are normal.
    socket.on('error', ignore)
    open.add(socket)
    const transport = isH2 ? 'http2' : 'http1'
    meter?.connected(transport)
    socket.on('close', () => {
      open.delete(socket)
      meter?.disconnected(transport)
    })
    const protocol = isH2 ? protocols.h2 : protocols.h1
    protocol.accept(socket)
  }
  const server = certificate ? tlsServer(certificate, limits, enter) : plainServer(limits, enter)
  server.maxConnections = limits.maxConnections
  server.on('drop', () => meter?.limited('connections'))
  server.on('connection', (socket: net.Socket) => {
    const peer = peerOf(socket)
    undecided.set(peer, socket)
    socket.on('close', () => undecided.delete(peer))
  })
  const cutUndecided = (): void => undecided.forEach((socket) => socket.destroy())
  return {
    server,
    drain() {
      cutUndecided()
      protocols.h1.drain()
      protocols.h2.drain()
    },
    cut() {
      cutUndecided()
      open.forEach((socket) => socket.destroy())
    },
  }
}

type Enter = (socket: net.Socket, isH2: boolean) => void

function tlsServer(certificate: Certificate, limits: Limits, enter: Enter): tls.Server {
  const server = tls.createServer({
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: limits.headersMs,
    noDelay: true,
  })
  showCertificate(server, certificate)
  server.on('secureConnection', (socket) => enter(socket, socket.alpnProtocol === 'h2'))
  // Failed handshakes are not logged, because scanners cause many. After a timeout, the socket must be closed here.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return server
}

function plainServer(limits: Limits, enter: Enter): net.Server {
  return net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', ignore)
    sniff(socket, limits.headersMs, (isH2) => enter(socket, isH2))
  })
}

function ignore(): void {}

/** Unique among open connections; a TLS connection has the same value as its TCP connection. */
function peerOf(socket: net.Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`
}

/** Sets the certificate for new handshakes. Throws HostError CERTIFICATE_INVALID. */
export function showCertificate(server: tls.Server, { certPem, keyPem }: Certificate): void {
  try {
    server.setSecureContext({ cert: certPem, key: keyPem, minVersion: 'TLSv1.2' })
  } catch (error) {
    throw new HostError(
      'CERTIFICATE_INVALID',
      `the certificate or its key cannot be used (${errorText(error)})`,
      {
        cause: error,
      },
    )
  }
}
