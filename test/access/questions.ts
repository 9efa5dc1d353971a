import { formatAddress, parseAddress } from '../../dns/address.ts'
import type { KubeObject } from '../dig.ts'
import type { Random } from '../seeded-random.ts'
import { namespaceOf } from './generate-objects.ts'

/** A name without a final dot, and a type as in dns/code.ts. */
export type Question = { readonly name: string; readonly type: string }

const types = ['A', 'AAAA', 'SRV', 'PTR', 'TXT', 'CNAME', 'SOA', 'NS', 'ANY', 'MX']

/** Names that every cluster has, or that none has. */
const fixedNames = [
  '',
  'svc',
  'pod',
  'dns',
  'ns.dns',
  'dns-version',
  '_snapshot',
  'a.b',
  'nowhere.svc',
  'nowhere.pod',
]

/** Names outside all zones. */
const outsideNames = [
  'www.example.com',
  'missing.example.com',
  'localhost',
  'x.local',
  '1.0.0.127.in-addr.arpa',
]

/**
 * Names of a cluster's objects in each of `zones`, existing or not, with the reverse names of all their addresses, and
 * names outside; each with every type. The result has no duplicates.
 */
export function questionsAbout(objects: readonly KubeObject[], zones: readonly string[]): Question[] {
  const relative = new Set([...fixedNames, ...objects.flatMap(namesOf)])
  const names = new Set(outsideNames)
  for (const zone of zones) for (const name of relative) names.add(name === '' ? zone : `${name}.${zone}`)
  for (const address of new Set(objects.flatMap(addressesOf))) {
    const labels = reverseLabels(address)
    const apex = address.includes(':') ? 'ip6.arpa' : 'in-addr.arpa'
    for (const from of [0, 1, 2, Math.floor(labels.length / 2)])
      names.add([...labels.slice(from), apex].join('.'))
  }
  return [...names].flatMap((name) => types.map((type) => ({ name, type })))
}

/**
 * Some of the questions: as many about reverse names, names with an underscore and others, mostly with a type that such
 * a name may have.
 */
export function sampleQuestions(questions: readonly Question[], count: number, random: Random): Question[] {
  const kinds = Map.groupBy(questions, ({ name }) => kindOf(name))
  return [...kinds.values()].flatMap((all) => {
    const likely = all.filter(({ name, type }) =>
      (usualTypes[kindOf(name)] as readonly string[]).includes(type),
    )
    const part = count / kinds.size
    return [
      ...sampleOf(likely, Math.ceil(part * 0.8), random),
      ...sampleOf(all, Math.ceil(part * 0.2), random),
    ]
  })
}

const usualTypes = {
  reverse: ['PTR'],
  underscore: ['SRV', 'TXT'],
  other: ['A', 'AAAA', 'SRV', 'CNAME'],
} as const satisfies Record<string, readonly string[]>

function kindOf(name: string): 'reverse' | 'underscore' | 'other' {
  if (name.endsWith('.arpa')) return 'reverse'
  return name.startsWith('_') ? 'underscore' : 'other'
}

/** Some of the items, in a random order. */
export function sampleOf<T>(items: readonly T[], count: number, random: Random): T[] {
  const rest = [...items]
  const drawn: T[] = []
  while (rest.length > 0 && drawn.length < count) {
    const at = random.between(0, rest.length - 1)
    const [item] = rest.splice(at, 1, rest.at(-1) as T)
    rest.pop()
    drawn.push(item as T)
  }
  return drawn
}

function namesOf(object: KubeObject): string[] {
  const space = namespaceOf(object)
  const { name = '' } = object.metadata as { name?: string }
  const pods = [...addressesOf(object), '192.0.2.1'].map((address) => `${dashed(address)}.${space}.pod`)
  if (object.kind === 'Namespace') return [`${space}.svc`, `${space}.pod`, `nothing.${space}.svc`]
  if (object.kind === 'Pod') return pods
  const labels = object.metadata as { labels?: Record<string, string> }
  const owner = labels.labels?.['kubernetes.io/service-name'] ?? name
  const base = `${owner}.${space}.svc`
  const hosts =
    (object.endpoints as { hostname?: string }[] | undefined)?.map(({ hostname }) => hostname) ?? []
  const below = [
    ...addressesOf(object).map(dashed),
    ...hosts,
    'zz',
    '_tcp',
    '_http._tcp',
    '_._tcp',
    '_x._udp',
  ]
  return [base, ...below.map((label) => `${label}.${base}`), ...(object.kind === 'EndpointSlice' ? pods : [])]
}

function addressesOf({ spec, status, endpoints }: KubeObject): string[] {
  const { clusterIPs = [], clusterIP } = (spec ?? {}) as { clusterIPs?: string[]; clusterIP?: string }
  const { podIP } = (status ?? {}) as { podIP?: string }
  const all = [
    ...clusterIPs,
    clusterIP,
    podIP,
    ...((endpoints as { addresses: string[] }[] | undefined)?.flatMap(({ addresses }) => addresses) ?? []),
  ]
  return all.filter((text) => text !== undefined && parseAddress(text) !== undefined) as string[]
}

function dashed(address: string): string {
  return address.replaceAll(/[.:]/g, '-')
}

function reverseLabels(address: string): string[] {
  const bytes = [...(parseAddress(formatAddress(parseAddress(address) ?? new Uint8Array(4))) ?? [])]
  if (bytes.length === 4) return bytes.map(String).toReversed()
  return bytes.flatMap((byte) => [byte >> 4, byte & 0xf].map((digit) => digit.toString(16))).toReversed()
}
