import { once } from 'node:events'
import net, { type LookupFunction } from 'node:net'
import tls from 'node:tls'
import { defaultAuthorities } from '../../client/authorities.ts'
import { connectError } from '../../client/connect-error.ts'
import type { Connection } from './connection.ts'
import type { EdgeAddresses } from './edge-addresses.ts'
import { type EdgePlace, serverNameOf } from './edge-place.ts'
import { createH1Connection } from './h1-connection.ts'
import { createH2Connection } from './h2-connection.ts'
import { within } from './within.ts'

export type DialParts = {
  readonly place: EdgePlace
  readonly addresses: EdgeAddresses
  /** PEM text of the only authorities to trust; undefined: those of Node and the system. */
  readonly ca: string | undefined
  readonly now: () => number
}

/** The time from the first packet to the end of the handshakes (ms). */
const dialMs = 4_000

/** The time for one of several addresses, before the next one is tried (ms). */
const addressMs = 1_000

/**
 * Opens a connection to the edge: over TLS, with HTTP/2 or HTTP/1.1 as ALPN decides; to an http URL with HTTP/1.1. An
 * insecure connection is never tried instead of a secure one. Throws QueryError HOST_UNKNOWN, CONNECT_* or
 * CERTIFICATE_UNTRUSTED, whose message says what to do.
 */
export async function dial(parts: DialParts): Promise<Connection> {
  const { place, addresses } = parts
  let socket: net.Socket | undefined
  try {
    const found = await addresses.find()
    const late = `no connection to ${place.host} within ${dialMs} ms`
    socket = open(parts, found)
    await within(dialMs, once(socket, place.isSecure ? 'secureConnect' : 'connect'), late)
    const address = socket.remoteAddress ?? place.hostname
    if (socket instanceof tls.TLSSocket && socket.alpnProtocol === 'h2')
      return await within(
        dialMs,
        createH2Connection(socket, { origin: place.origin, address, now: parts.now }),
        late,
      )
    // HTTP/1.1 has several connections, which it opens itself. This one has shown that there can be some.
    socket.destroy()
    return createH1Connection({ ...parts, address, lookup: lookupOf(found) })
  } catch (error) {
    socket?.on('error', () => {})
    socket?.destroy()
    throw connectError(error, place)
  }
}

function open({ place, ca }: DialParts, addresses: readonly string[]): net.Socket {
  const { hostname: host, port } = place
  const to = { host, port, lookup: lookupOf(addresses), autoSelectFamilyAttemptTimeout: addressMs }
  if (!place.isSecure) return net.connect({ ...to, noDelay: true })
  const servername = serverNameOf(place)
  return tls.connect({
    ...to,
    ca: ca ?? defaultAuthorities(),
    ALPNProtocols: ['h2', 'http/1.1'],
    ...(servername === undefined ? {} : { servername }),
  })
}

/** A look-up that returns known addresses, so that no resolver is asked. */
function lookupOf(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: net.isIP(address) }))
  return (_hostname, options, callback) => {
    const [first] = all
    if (options.all) callback(null, all)
    else callback(null, first?.address ?? '', first?.family)
  }
}
