import { isIP } from 'node:net'
import tls, { type PeerCertificate, type TLSSocket } from 'node:tls'
import { defaultAuthorities } from '../../client/authorities.ts'
import type { Failed, Handshake } from '../ports.ts'
import { failureOf } from './in-time.ts'

/** Where to shake hands. */
export type HandshakePlace = {
  readonly address: string
  readonly port: number
  /** The host that the certificate has to name; an address is not sent as server name (RFC 6066 §3). */
  readonly serverName: string
  /** PEM text of the only authorities to trust; undefined: Node's and the system's. */
  readonly ca: string | undefined
  readonly timeoutMs: number
}

/**
 * A TLS handshake that offers HTTP/2 and HTTP/1.1, accepts any certificate, and reports its first fault. The connection is
 * closed at once: nothing is sent to a server that is not trusted.
 */
export function shakeHands(place: HandshakePlace): Promise<Handshake | Failed> {
  const { address, port, serverName, ca, timeoutMs } = place
  return new Promise((resolve) => {
    const socket = tls.connect({
      host: address,
      port,
      ca: ca ?? defaultAuthorities(),
      ALPNProtocols: ['h2', 'http/1.1'],
      rejectUnauthorized: false,
      checkServerIdentity: (_, certificate) => tls.checkServerIdentity(serverName, certificate),
      ...(isIP(serverName) ? {} : { servername: serverName }),
    })
    const end = (result: Handshake | Failed): void => {
      clearTimeout(timer)
      socket.on('error', () => undefined)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(
      () => end({ failed: 'TIMEOUT', reason: `no TLS handshake within ${timeoutMs} ms` }),
      timeoutMs,
    )
    socket.on('secureConnect', () => end(handshakeOf(socket)))
    socket.on('error', (error) => end(faultOf(error)))
    socket.on('close', () => end({ failed: 'CLOSED', reason: 'the server closed the connection' }))
  })
}

function handshakeOf(socket: TLSSocket): Handshake {
  const certificate = socket.getPeerCertificate()
  const error: unknown = socket.authorizationError
  return {
    // Node's types say Error; it is the code as text, or an error with a code.
    fault: error === undefined || error === null ? undefined : faultCode(error),
    notBeforeMs: Date.parse(certificate.valid_from),
    notAfterMs: Date.parse(certificate.valid_to),
    names: (certificate.subjectaltname ?? 'none').replace(/(DNS|IP Address):/g, ''),
    issuer: issuerOf(certificate),
    version: socket.getProtocol() ?? 'TLS',
    protocol: socket.alpnProtocol || '',
  }
}

function faultCode(error: unknown): string {
  return typeof error === 'string' ? error : failureOf(error).failed
}

function issuerOf({ issuer }: PeerCertificate): string {
  const name = issuer.CN ?? issuer.O
  return Array.isArray(name) ? name.join(', ') : (name ?? 'without a name')
}

/** OpenSSL's messages name source files, so its short reason is used instead. */
function faultOf(error: Error): Failed {
  const { failed, reason } = failureOf(error)
  return { failed, reason: 'reason' in error && typeof error.reason === 'string' ? error.reason : reason }
}
