import net from 'node:net'
import tls from 'node:tls'
import { errorText, HostError } from '../errors.ts'
import type { Certificate } from '../tls/read-certificate.ts'
import type { Limits } from './limits.ts'
import type { Lane } from './protocol.ts'
import { sniff } from './sniff.ts'

/** Where a connection goes once it is known what it speaks. */
export type Lanes = { readonly h1: Lane; readonly h2: Lane }

/** The server that listens, and its connections. */
export type Door = {
  readonly server: net.Server
  /** Cuts the connections that have not said yet what they speak, and has both lanes finish theirs. */
  readonly drain: () => void
  /** Cuts every connection. */
  readonly cut: () => void
}

/**
 * One door for all. Behind TLS a client chooses by ALPN: without it, it gets HTTP/1.1; with other protocols, an
 * alert only (RFC 7301 §3.2). Without TLS, the first bytes tell. What has chosen nothing within `headersMs` is
 * closed.
 *
 * Throws HostError CERTIFICATE_INVALID when OpenSSL refuses the PEM texts.
 */
export function createDoor(certificate: Certificate | undefined, lanes: Lanes, limits: Limits): Door {
  const open = new Set<net.Socket>()
  const undecided = new Map<string, net.Socket>()
  const enter = (socket: net.Socket, isH2: boolean): void => {
    undecided.delete(peerOf(socket))
    // Connections that break are every server's daily bread.
    socket.on('error', ignore)
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    const lane = isH2 ? lanes.h2 : lanes.h1
    lane.accept(socket)
  }
  const server = certificate ? tlsServer(certificate, limits, enter) : plainServer(limits, enter)
  server.maxConnections = limits.maxConnections
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
      lanes.h1.drain()
      lanes.h2.drain()
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
  // A failed handshake is the client's affair, and scanners make many. After a timeout, nobody else closes.
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

/** Of two live connections at most one has it; a TLS connection shares it with the TCP connection below. */
function peerOf(socket: net.Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`
}

/** From the next handshake on, `server` shows this certificate. Throws HostError CERTIFICATE_INVALID. */
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
