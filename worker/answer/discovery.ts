import { TYPE } from '../../dns/code.ts'
import { maxSoaTtlSeconds } from '../../dns/limits.ts'
import type { Question } from '../../dns/message/read-query.ts'
import type { Reply } from '../../dns/message/write-reply.ts'
import { labelName, labelStarts, type Name, nameFromText } from '../../dns/name.ts'
import type { Svcb } from '../../dns/record.ts'
import { emptyZoneReply } from './empty-zone.ts'

/** The domain for queries about the resolver itself, which is locally served (RFC 9462 §4, §6.4). */
export const resolverArpa: Name = nameFromText('resolver.arpa')

const discoveryName = nameFromText('_dns.resolver.arpa')

/** Keys of SVCB parameters (RFC 9460 §14.3.2, RFC 9461 §5.1). */
const param = { alpn: 1, port: 3, dohpath: 7 } as const

/**
 * A question in resolver.arpa → its reply; undefined for other names. `name` is folded. The SVCB record of `_dns`
 * designates the configured DoH URL, if there is one. The rest of resolver.arpa is an empty zone.
 */
export function discoveryReply(name: Name, question: Question, url: string | undefined): Reply | undefined {
  const at = labelStarts(name).find((start) => name.slice(start) === resolverArpa)
  if (at === undefined) return undefined
  const { asked, type } = question
  const isDiscovery = name === discoveryName
  const target = url === undefined ? undefined : new URL(url)
  if (isDiscovery && type === TYPE.SVCB && target?.protocol === 'https:' && isHostName(target.hostname)) {
    return {
      rcode: 0,
      authoritative: true,
      answers: [{ type: 'SVCB', owner: asked, ttl: maxSoaTtlSeconds, rdata: [designation(target)] }],
      authority: [],
      additional: [],
    }
  }
  return emptyZoneReply({ zone: asked.slice(at), isApex: at === 0, isParent: isDiscovery }, type)
}

/** RFC 9461: ServiceMode, the ALPNs of HTTP/2 and HTTP/1.1, a port unless it is 443, and the path as a template. */
function designation({ hostname, port, pathname }: URL): Svcb {
  const latin = (text: string): Uint8Array => Uint8Array.from(text, (byte) => byte.charCodeAt(0))
  const number = Number(port)
  const params: (readonly [number, Uint8Array])[] = [
    [param.alpn, latin(['h2', 'http/1.1'].map(labelName).join(''))],
    ...(port === '' ? [] : [[param.port, Uint8Array.of(number >> 8, number)] as const]),
    [param.dohpath, latin(`${pathname}{?dns}`)],
  ]
  return { priority: 1, target: nameFromText(hostname), params }
}

/** Whether a URL's host is a name, since an SVCB target cannot be an address. */
function isHostName(hostname: string): boolean {
  return !hostname.startsWith('[') && !/^[0-9.]+$/.test(hostname)
}
