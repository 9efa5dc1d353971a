import { TYPE } from '../../dns/code.ts'
import { maxSoaTtlSeconds } from '../../dns/limits.ts'
import type { Question } from '../../dns/message/read-query.ts'
import type { Reply } from '../../dns/message/write-reply.ts'
import { fold, labelName, labelStarts, type Name, nameFromText } from '../../dns/name.ts'
import type { Svcb } from '../../dns/record.ts'
import { emptyZoneReply } from './empty-zone.ts'

/** The domain for queries about the resolver itself, which is locally served (RFC 9462 §4, §6.4). */
export const resolverArpa: Name = nameFromText('resolver.arpa')

/** The label before the name of a DNS server, at which its transports are (RFC 9461 §3). */
const dnsLabel = labelName('_dns')

/** The encrypted transports of an edge. */
export type OwnTransports = {
  /** The DoH URL as clients see it. */
  readonly url?: string | undefined
  /** The host name of DNS over TLS, in lower case. */
  readonly dotHost?: string | undefined
  /** The port of DNS over TLS as clients see it, if it is not the one that the edge listens on. */
  readonly dotPort?: number | undefined
  /** The ports on which the edge listens for DNS over TLS. */
  readonly dotPorts: readonly number[]
}

/**
 * A question about the edge's own transports → its reply; undefined for other names. `name` is folded. The SVCB records
 * (RFC 9461) of `_dns.resolver.arpa` (RFC 9462 §4) name all encrypted transports, those of `_dns.<host>` the ones with
 * this host, whose certificate is therefore valid for it (RFC 9462 §5). All other names in resolver.arpa have no records.
 */
export function discoveryReply(name: Name, question: Question, own: OwnTransports): Reply | undefined {
  const { asked, type } = question
  const at = labelStarts(name).find((start) => name.slice(start) === resolverArpa)
  const server = name.startsWith(dnsLabel) ? name.slice(dnsLabel.length) : undefined
  if (at === undefined && server === undefined) return undefined
  const transports = server === undefined ? [] : transportsOf(server, own)
  if (at === undefined && transports.length === 0) return undefined
  if (type === TYPE.SVCB && transports.length > 0) {
    const rdata = transports.map((transport, index) => ({ ...transport, priority: index + 1 }))
    return {
      rcode: 0,
      authoritative: true,
      answers: [{ type: 'SVCB', owner: asked, ttl: maxSoaTtlSeconds, rdata }],
      authority: [],
      additional: [],
    }
  }
  // `_dns.<host>` is a zone with no other name, since the edge knows nothing else of this domain.
  const zone = asked.slice(at ?? 0)
  return emptyZoneReply({ zone, isApex: zone === asked, isParent: true }, type)
}

type Transport = Omit<Svcb, 'priority'>

/** The transports of a server (folded), the preferred one first. */
function transportsOf(server: Name, own: OwnTransports): Transport[] {
  const all = [...dotTransports(own), ...dohTransports(own)]
  return server === resolverArpa ? all : all.filter(({ target }) => target === server)
}

/** Keys of SVCB parameters (RFC 9460 §14.3.2, RFC 9461 §5). */
const param = { alpn: 1, port: 3, dohpath: 7 } as const

const defaultPort = { dot: 853, doh: 443 } as const

/**
 * DNS over TLS precedes DoH: a caller that a policy's network admits is admitted over TLS as well, whereas over HTTPS
 * networks do not count.
 */
function dotTransports(own: OwnTransports): Transport[] {
  const { dotHost } = own
  if (dotHost === undefined) return []
  return dotPortsOf(own).map((port) => ({
    target: nameFromText(dotHost),
    params: [[param.alpn, alpnOf('dot')], ...portParams(port, defaultPort.dot)],
  }))
}

/** The ports of DNS over TLS as clients see them, the default port first. Empty if the edge does not listen for it. */
export function dotPortsOf({ dotPort, dotPorts }: Pick<OwnTransports, 'dotPort' | 'dotPorts'>): number[] {
  if (dotPorts.length === 0) return []
  const isDefault = (port: number): number => (port === defaultPort.dot ? 0 : 1)
  const ports = dotPort === undefined ? [...new Set(dotPorts)] : [dotPort]
  return ports.toSorted((a, b) => isDefault(a) - isDefault(b) || a - b)
}

/** The path is the edge's own, without a token: whoever asks here has no right to one. */
function dohTransports({ url }: OwnTransports): Transport[] {
  const target = url === undefined ? undefined : new URL(url)
  if (target?.protocol !== 'https:' || !isHostName(target.hostname)) return []
  const port = target.port === '' ? defaultPort.doh : Number(target.port)
  return [
    {
      target: fold(nameFromText(target.hostname)),
      params: [
        // HTTP/2 is the least version that RFC 8484 §5.2 recommends.
        [param.alpn, alpnOf('h2')],
        ...portParams(port, defaultPort.doh),
        [param.dohpath, latin(`${target.pathname}{?dns}`)],
      ],
    },
  ]
}

/** The port, which is left out if it is the default of the transport (RFC 9461 §4.2). */
function portParams(port: number, byDefault: number): Transport['params'] {
  return port === byDefault ? [] : [[param.port, Uint8Array.of(port >> 8, port)]]
}

function alpnOf(protocol: string): Uint8Array {
  return latin(labelName(protocol))
}

function latin(text: string): Uint8Array {
  return Uint8Array.from(text, (byte) => byte.charCodeAt(0))
}

/**
 * Whether a URL's host is a name, since an SVCB target cannot be an address. There are no address hints either: behind a
 * load balancer or NAT, the edge does not know the addresses at which clients reach it.
 */
function isHostName(hostname: string): boolean {
  return !hostname.startsWith('[') && !/^[0-9.]+$/.test(hostname)
}
