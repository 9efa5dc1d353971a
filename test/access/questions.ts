import { formatAddress, parseAddress } from '../../dns/address.ts'
import type { KubeObject } from '../dig.ts'
import type { Random } from '../seeded-random.ts'
import { namespaceOf } from './generate-objects.ts'

/** A name without a final dot, and a type as in dns/code.ts. */
export type Question = { readonly name: string; readonly type: string; readonly kind: Kind }

/** Kinds of names. A sample has about as many of each. */
type Kind = keyof typeof usualTypes

/** The types that are mostly asked of each kind. */
const usualTypes = {
  fixed: ['TXT', 'SOA', 'NS', 'A'],
  outside: ['A', 'AAAA', 'PTR'],
  // Addresses of one object, of several, and names above them.
  reverse: ['PTR'],
  shared: ['PTR'],
  range: ['PTR', 'NS'],
  namespace: ['A', 'SRV'],
  alias: ['A', 'AAAA', 'CNAME', 'SRV', 'TXT'],
  service: ['A', 'AAAA', 'SRV', 'CNAME'],
  port: ['SRV', 'TXT'],
  endpoint: ['A', 'AAAA', 'SRV'],
  pod: ['A', 'AAAA'],
} as const satisfies Record<string, readonly string[]>

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
  const relative = new Map<string, Kind>(fixedNames.map((name) => [name, 'fixed']))
  for (const object of objects) for (const [name, kind] of namesOf(object)) relative.set(name, kind)
  const names = new Map<string, Kind>(outsideNames.map((name) => [name, 'outside']))
  for (const zone of zones) for (const [name, kind] of relative) names.set(nameInZone(name, zone), kind)
  const uses = Map.groupBy(objects.flatMap(addressesOf), (address) => address)
  for (const [address, { length }] of uses) {
    const labels = reverseLabels(address)
    const apex = address.includes(':') ? 'ip6.arpa' : 'in-addr.arpa'
    const above = (from: number): string => [...labels.slice(from), apex].join('.')
    names.set(above(0), length > 1 ? 'shared' : 'reverse')
    for (const from of [1, 2, Math.floor(labels.length / 2)]) names.set(above(from), 'range')
  }
  return Array.from(names, ([name, kind]) => types.map((type) => ({ name, type, kind }))).flat()
}

/** A name relative to the cluster's domain in a zone: names of Services in the zone svc have no second `svc`. */
function nameInZone(name: string, zone: string): string {
  if (zone === 'svc' && (name === 'svc' || name.endsWith('.svc'))) return name
  return name === '' ? zone : `${name}.${zone}`
}

/** Some of the questions: as many of each kind, mostly with a type that such a name may have, a few in capitals. */
export function sampleQuestions(questions: readonly Question[], count: number, random: Random): Question[] {
  const kinds = Map.groupBy(questions, ({ kind }) => kind)
  const sampled = [...kinds].flatMap(([kind, all]) => {
    const usual: readonly string[] = usualTypes[kind]
    const likely = all.filter(({ type }) => usual.includes(type))
    const part = count / kinds.size
    return [
      ...sampleOf(likely, Math.ceil(part * 0.8), random),
      ...sampleOf(all, Math.ceil(part * 0.2), random),
    ]
  })
  return sampled.map((question) =>
    random.chance(0.1) ? { ...question, name: question.name.toUpperCase() } : question,
  )
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

function namesOf(object: KubeObject): [name: string, kind: Kind][] {
  const space = namespaceOf(object)
  const { name = '', labels } = object.metadata as { name?: string; labels?: Record<string, string> }
  const addresses = addressesOf(object)
  const pods = [...addresses, '192.0.2.1'].map((address) => `${dashed(address)}.${space}.pod`)
  if (object.kind === 'Namespace')
    return [`${space}.svc`, `${space}.pod`, `nothing.${space}.svc`].map((text) => [text, 'namespace'])
  if (object.kind === 'Pod') return pods.map((text) => [text, 'pod'])
  const base = `${labels?.['kubernetes.io/service-name'] ?? name}.${space}.svc`
  const below = (label: string, kind: Kind): [string, Kind] => [`${label}.${base}`, kind]
  const ports = ['_tcp', '_http._tcp', '_._tcp', '_x._udp'].map((label) => below(label, 'port'))
  if (object.kind === 'Service') {
    const isAlias = (object.spec as { type?: string }).type === 'ExternalName'
    return [[base, isAlias ? 'alias' : 'service'], ...ports, below('zz', 'endpoint')]
  }
  const hosts = (object.endpoints as { hostname?: string }[]).flatMap(({ hostname }) => hostname ?? [])
  return [
    ...[...addresses.map(dashed), ...hosts].map((label) => below(label, 'endpoint')),
    ...pods.map((text): [string, Kind] => [text, 'pod']),
  ]
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
