import { toBase64Url } from '../../dns/base64url.ts'
import { placesOf } from '../places.ts'
import type { Profile } from './profile.ts'
import { unfitUrl } from './zones.ts'

/** The protocol of a stamp: DNS over HTTPS (https://dnscrypt.info/stamps-specifications). */
const protocolDoh = 0x02
/** No promises about DNSSEC, logs and filters, which are the operator's. */
const properties = new Uint8Array(8)

/** A DNS stamp, `sdns://…`: the edge's host, port and path in one word, for apps that take no URL. */
export const stamp: Profile = {
  id: 'stamp',
  title: 'DNS stamp (sdns://)',
  fileName: 'kubedoh-stamp.txt',
  mediaType: 'text/plain; charset=utf-8',
  systems: ['android', 'ios', 'linux', 'macos', 'windows'],
  does: 'Names the edge in one word for apps such as AdGuard, RethinkDNS and dnscrypt-proxy.',
  install:
    "Paste it where the app takes a DNS server; where the app has rules, send only the cluster's zones to it.",
  undo: 'Remove the server in the app.',
  limits: ({ edge }) => [
    ...(edge.forward
      ? []
      : ['An app without rules sends every name, and this edge refuses names outside its zones.']),
    'The stamp contains the token.',
  ],
  unfit: (facts) =>
    unfitUrl(facts) ??
    (new URL(facts.dohUrl).pathname.length > 255
      ? 'a stamp has room for a path of 255 characters'
      : undefined),
  write({ dohUrl }) {
    const { host, pathname } = new URL(placesOf(dohUrl).doh)
    const sized = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)]
    // Without an address, the app looks the host up. The list of pinned certificates is empty.
    const bytes = [protocolDoh, ...properties, ...sized(''), ...sized(''), ...sized(host), ...sized(pathname)]
    return `sdns://${toBase64Url(Uint8Array.from(bytes))}\n`
  },
}
