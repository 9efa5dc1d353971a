import type { ListenAddress } from '../../../host/http/listen.ts'
import { listenOption } from '../listen-option.ts'

/** Options of every verb that serves: addresses for other transports than HTTP. */
export const dnsListenOptions = {
  'dot-listen': {
    kind: 'list',
    value: 'HOST:PORT',
    help: 'answer DNS over TLS on this address, such as :853, with the certificate of --tls-cert or the development certificate; may be given several times',
  },
} as const

/** The options of verbs that have no configuration file: the edge's own names. */
export const serverNameOptions = {
  'doh-url': {
    kind: 'text',
    value: 'URL',
    help: "the edge's DoH URL as clients see it, such as https://dns.example.com/dns-query, for clients that ask for the edge's encrypted transports (_dns.resolver.arpa)",
  },
  'dot-host': {
    kind: 'text',
    value: 'NAME[:PORT]',
    help: 'host name of DNS over TLS, such as dns.example.com, with the port for clients if it is not that of --dot-listen; the label that a client puts before the name is its token',
  },
} as const

/** Values of --dot-listen → addresses. Throws UsageError. */
export function dotAddresses(values: { readonly 'dot-listen': readonly string[] }): readonly ListenAddress[] {
  return values['dot-listen'].map((text) => listenOption(text, 'dot-listen'))
}
