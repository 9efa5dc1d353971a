import type { ListenAddress } from '../../host/http/listen.ts'
import { listenOption } from './listen-option.ts'

/** Options of every verb that serves: addresses for other transports than HTTP. */
export const dnsListenOptions = {
  'dot-listen': {
    kind: 'list',
    value: 'HOST:PORT',
    help: 'answer DNS over TLS on this address, such as :853, with the certificate of --tls-cert or the development certificate; may be given several times',
  },
} as const

/** The option of verbs that have no configuration file. */
export const dotHostOption = {
  'dot-host': {
    kind: 'text',
    value: 'NAME',
    help: 'host name of DNS over TLS, such as dns.example.com: the label that a client puts before it is its token',
  },
} as const

/** Values of --dot-listen → addresses. Throws UsageError. */
export function dotAddresses(values: { readonly 'dot-listen': readonly string[] }): readonly ListenAddress[] {
  return values['dot-listen'].map((text) => listenOption(text, 'dot-listen'))
}
