import { type DnsPlace, type DnsTransport, openDnsClient } from '../dns-client.ts'
import type { DnsPlaces } from './edge-under-test.ts'

/** Options that make a server answer over every transport, on free ports. */
export const everyTransport = ['--dns-listen', '127.0.0.1:0', '--dot-listen', '127.0.0.1:0']

/** The transports in the start line of an address. */
const transportsOf: Readonly<Record<string, readonly DnsTransport[]>> = {
  'DNS (UDP and TCP)': ['udp', 'tcp'],
  'DNS over TLS': ['dot'],
}

/** A server's lines on stdout → where it answers DNS; undefined where it answers over HTTP only. `ca`: PEM certificates. */
export function dnsPlaces(lines: readonly string[], ca: string): DnsPlaces | undefined {
  const found: Partial<Record<DnsTransport, DnsPlace>> = {}
  for (const line of lines) {
    const [, title = '', host = '', port] = /^(DNS .*) at ([0-9.]+):(\d+)$/.exec(line) ?? []
    for (const transport of transportsOf[title] ?? []) found[transport] = { host, port: Number(port) }
  }
  if (Object.keys(found).length === 0) return undefined
  return {
    places: found,
    open(transport) {
      const place = found[transport]
      if (!place) throw new Error(`the edge does not answer over ${transport}`)
      return openDnsClient(transport, place, { ca, servername: 'localhost', ALPNProtocols: ['dot'] })
    },
  }
}
