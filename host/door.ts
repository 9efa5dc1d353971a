import net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { HostError } from './errors.ts'
import type { Lane } from './lane.ts'
import type { Limits } from './limits.ts'
import type { Certificate } from './read-certificate.ts'
import { sniff } from './sniff.ts'

/** Where a connection goes once it is known what it speaks. */
export type Lanes = { readonly h1: Lane; readonly h2: Lane }

/**
 * The server that listens. Behind TLS a client chooses by ALPN: without it, it gets HTTP/1.1; with other
 * protocols, an alert only (RFC 7301 §3.2). Without TLS, the first bytes tell. What has chosen nothing within
 * `headersMs` is closed.
 *
 * Throws HostError CERTIFICATE_INVALID when OpenSSL refuses the PEM texts.
 */
export function createDoor(certificate: Certificate | undefined, lanes: Lanes, limits: Limits): net.Server {
  const server = certificate ? tlsDoor(certificate, lanes, limits) : plainDoor(lanes, limits)
  server.maxConnections = limits.maxConnections
  return server
}

function tlsDoor(certificate: Certificate, lanes: Lanes, limits: Limits): tls.Server {
  const options: tls.TlsOptions = {
    ALPNProtocols: ['h2', 'http/1.1'],
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.headersMs,
    noDelay: true,
  }
  const server = tls.createServer(options)
  replaceCertificate(server, certificate)
  server.on('secureConnection', (socket) => {
    socket.on('error', ignore)
    const lane = socket.alpnProtocol === 'h2' ? lanes.h2 : lanes.h1
    lane.accept(socket)
  })
  // A failed handshake is the client's affair, and scanners make many.
  server.on('tlsClientError', ignore)
  return server
}

function plainDoor(lanes: Lanes, limits: Limits): net.Server {
  return net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', ignore)
    sniff(socket, limits.headersMs, (isH2) => (isH2 ? lanes.h2 : lanes.h1).accept(socket))
  })
}

function ignore(): void {}

/** From the next handshake on, `server` shows this certificate. Throws HostError CERTIFICATE_INVALID. */
export function replaceCertificate(server: tls.Server, { certPem, keyPem }: Certificate): void {
  try {
    server.setSecureContext({ cert: certPem, key: keyPem, minVersion: 'TLSv1.2' })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new HostError('CERTIFICATE_INVALID', `the certificate or its key cannot be used (${reason})`, {
      cause: error,
    })
  }
}

/** Keeps account of a server's connections, so that the last ones can be cut. */
export function trackSockets(server: net.Server): { destroyAll(): void } {
  const sockets = new Set<Duplex>()
  const track = (socket: Duplex): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  }
  server.on('connection', track)
  server.on('secureConnection', track)
  return {
    destroyAll() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
