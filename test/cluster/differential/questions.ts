import { parseAddress } from '../../../dns/address.ts'
import { nameToText } from '../../../dns/name.ts'
import { reverseName } from '../../../dns/reverse.ts'
import type { Question } from '../../conformance/context.ts'
import type { Random } from '../../seeded-random.ts'
import type { Objects } from './api.ts'
import { serviceLabel } from './slices.ts'

const zone = 'cluster.local.'
const types = [
  ...['A', 'A', 'A', 'AAAA', 'AAAA', 'SRV', 'SRV', 'PTR', 'CNAME', 'TXT', 'MX', 'SOA', 'NS', 'HTTPS', 'ANY'],
  'TYPE65280',
]

/** Objects → `count` different questions drawn by chance; fewer when there are not as many. */
export function drawQuestions(random: Random, objects: Objects, count: number): Question[] {
  const drawn = new Map<string, Question>()
  const names = namesOf(random, objects).filter(isAskable)
  for (let tries = 0; drawn.size < count && tries < count * 20; tries++) {
    const name = spelt(random, random.pick(names))
    const isReverse = name.toLowerCase().endsWith('.arpa.')
    const type = isReverse && random.chance(0.5) ? 'PTR' : random.pick(types)
    drawn.set(`${name} ${type}`, { name, type })
  }
  return [...drawn.values()]
}

/** Is this absolute name valid in a question (RFC 1035 §2.3.4)? */
export function isAskable(name: string): boolean {
  const labels = name.slice(0, -1).split('.')
  return name.length <= 254 && labels.every((label) => label.length > 0 && label.length <= 63)
}

/** The name, mostly unchanged, sometimes in mixed case (RFC 4343). */
function spelt(random: Random, name: string): string {
  if (!random.chance(0.1)) return name
  return name.replaceAll(/[a-z]/g, (letter) => (random.chance(0.5) ? letter.toUpperCase() : letter))
}

function namesOf(random: Random, objects: Objects): string[] {
  const relative = [
    ...[
      '',
      'svc',
      'pod',
      'dns',
      'ns.dns',
      'dns-version',
      'x.dns',
      'x.ns.dns',
      'x.dns-version',
      'gone',
      'x.svc.svc',
    ],
    ...objects.Namespace.flatMap(({ metadata: { name } }) => namespaceNames(name)),
    ...objects.Service.flatMap((service) => serviceNames(random, service)),
    ...objects.EndpointSlice.flatMap(sliceNames),
    ...objects.Pod.flatMap(podNames),
  ]
  return [
    ...relative.map((name) => (name === '' ? zone : `${name}.${zone}`)),
    ...['in-addr.arpa.', 'ip6.arpa.', 'ns.dns.in-addr.arpa.', 'svc.ip6.arpa.'],
    ...addressesOf(objects).flatMap((address) => reverseNames(random, address)),
  ]
}

function namespaceNames(name: string): string[] {
  return [
    `${name}.svc`,
    `${name}.pod`,
    `gone.${name}.svc`,
    `10-0-0-1.${name}.pod`,
    `2001-db8--1.${name}.pod`,
    `x.10-0-0-1.${name}.pod`,
    `_http._tcp.gone.${name}.svc`,
    `*.${name}.svc`,
  ]
}

function serviceNames(random: Random, { metadata, spec = {} }: Objects['Service'][number]): string[] {
  const own = `${metadata.name}.${metadata.namespace}.svc`
  const ports = (spec.ports ?? []).flatMap(({ name = '', protocol = 'TCP' }) => portNames(name, protocol))
  const below = ['x', '_tcp', '_udp', '_http._tcp', '_._tcp', 'x.y.z', '_a._tcp.x', 'http.tcp', '_', '*']
  return [
    ...[own, own, own, own],
    ...[...ports, random.pick(below), random.pick(below)].map((label) => `${label}.${own}`),
    ...(spec.type === 'ExternalName' ? [own, own, `db-0.${own}`] : []),
    random.pick([
      `${metadata.name}x.${metadata.namespace}.svc`,
      `${metadata.name}.${metadata.namespace}`,
      `${metadata.name}.${metadata.namespace}.pod`,
      `${metadata.name}.gone.svc`,
      metadata.name,
    ]),
  ]
}

function portNames(name: string, protocol: string): string[] {
  const proto = protocol.toLowerCase()
  const other = proto === 'tcp' ? 'udp' : 'tcp'
  return [
    `_${name}._${proto}`,
    `_${name}._${proto}`,
    `_${name}._${other}`,
    `_${proto}._${name}`,
    `${name}.${proto}`,
    `_${proto}`,
  ]
}

function sliceNames({ metadata, endpoints, ports }: Objects['EndpointSlice'][number]): string[] {
  const service = metadata.labels?.[serviceLabel]
  if (service === undefined) return []
  const own = `${service}.${metadata.namespace}.svc`
  const labels = (endpoints ?? []).slice(0, 8).flatMap(({ addresses, hostname, targetRef }) => {
    const dashed = addresses.map((address) => address.replaceAll(/[.:]/g, '-').replace(/-$/, '-0'))
    return [...dashed, hostname ?? [], targetRef?.name ?? []].flat()
  })
  const named = (ports ?? []).flatMap(({ name = '', protocol = 'TCP' }) => portNames(name, protocol).slice(1))
  return [
    ...[...labels, ...named, '192-0-2-250', 'gone'].map((label) => `${label}.${own}`),
    ...labels.slice(0, 2).flatMap((label) => [`_http._tcp.${label}.${own}`, `x.${label}.${own}`]),
  ]
}

function podNames({ metadata, status }: Objects['Pod'][number]): string[] {
  return (status?.podIPs ?? []).map(({ ip }) => `${ip.replaceAll(/[.:]/g, '-')}.${metadata.namespace}.pod`)
}

function addressesOf({ Service, EndpointSlice }: Objects): string[] {
  return [
    ...Service.flatMap(({ spec }) => spec?.clusterIPs ?? []),
    ...EndpointSlice.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses)),
    ...['192.0.2.251', '10.96.255.254', '2001:db8:ffff::1', '::ffff:192.0.2.7', '192.0.2.7'],
  ]
}

/** The name of an address, whole and in part, and with a label too many. */
function reverseNames(random: Random, address: string): string[] {
  const bytes = parseAddress(address)
  if (!bytes) return []
  const name = nameToText(reverseName(bytes))
  const labels = name.split('.')
  const partial = labels.slice(random.between(1, labels.length - 3)).join('.')
  return [name, name, partial, random.chance(0.2) ? `x.${name}` : name]
}
