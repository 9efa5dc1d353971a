import { randomBytes } from 'node:crypto'
import type { CookieSecrets } from '../../../host/dns/cookie/cookie.ts'
import { defaultUdpLimits, type UdpLimits } from '../../../host/dns/udp/udp-limits.ts'
import type { ListenAddress } from '../../../host/http/listen.ts'
import { listenOption } from '../listen-option.ts'
import { UsageError } from '../option-table.ts'
import { readCookieSecrets } from './cookie-secret.ts'

/** Options about plain DNS. */
export const plainDnsOptions = {
  'dns-listen': {
    kind: 'list',
    value: 'HOST:PORT',
    help: 'answer plain DNS over UDP and TCP on this address, such as :53; the access policy decides by the source address (`networks`, `anonymous`); may be given several times',
  },
  'cookie-secret-file': {
    kind: 'text',
    value: 'FILE',
    help: 'secret for DNS cookies, which servers behind one address share: 32 hexadecimal digits, and on a second line the former secret; read again when it changes; by default each start has a new secret',
  },
  'limit-response': {
    kind: 'number',
    value: 'N',
    byDefault: String(defaultUdpLimits.responsesPerSecond),
    help: 'UDP answers per second to a public IPv4 /24 or IPv6 /56 without a valid DNS cookie; further ones are truncated or dropped; 0: no limit',
  },
} as const

type DnsValues = {
  readonly 'dns-listen': readonly string[]
  readonly 'cookie-secret-file': string | undefined
  readonly 'limit-response': number | undefined
}

/** The values of the options about plain DNS. */
export type PlainDnsWishes = {
  readonly listen: readonly ListenAddress[]
  readonly secrets: CookieSecrets
  /** The limits that differ from `defaultUdpLimits`. */
  readonly limits: Partial<UdpLimits>
  /** The file of the secrets, if given. */
  readonly secretsFile: string | undefined
  /** Reads the file of the secrets again. Undefined without such a file. Throws UsageError. */
  readonly readSecrets: (() => Promise<CookieSecrets>) | undefined
}

/** Reads the options about plain DNS, and the file of the secrets. Throws UsageError. */
export async function plainDnsWishes(values: DnsValues): Promise<PlainDnsWishes> {
  const file = values['cookie-secret-file']
  const listen = dnsAddresses(values)
  if (file !== undefined && listen.length === 0)
    throw new UsageError('--cookie-secret-file needs --dns-listen: cookies belong to plain DNS')
  const readSecrets = file === undefined ? undefined : () => readCookieSecrets(file)
  const secrets = (await readSecrets?.()) ?? ([new Uint8Array(randomBytes(16))] as const)
  return { listen, secrets, limits: limitsOfDns(values), secretsFile: file, readSecrets }
}

function dnsAddresses({ 'dns-listen': texts }: DnsValues): ListenAddress[] {
  const given = new Set<string>()
  return texts.map((text) => {
    if (given.has(text)) throw new UsageError(`--dns-listen ${text} is given twice`)
    given.add(text)
    return listenOption(text, 'dns-listen')
  })
}

/** A larger number is a typing error: one process cannot send as much. */
const maxPerSecond = 1_000_000

function limitsOfDns({ 'limit-response': perSecond }: DnsValues): Partial<UdpLimits> {
  if (perSecond === undefined) return {}
  if (perSecond > maxPerSecond)
    throw new UsageError(`--limit-response is ${perSecond}, it must be 0 to ${maxPerSecond}`)
  return { responsesPerSecond: perSecond }
}
