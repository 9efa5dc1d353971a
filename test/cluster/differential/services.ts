import type { Random } from '../../seeded-random.ts'
import type { Change, KubeObject } from './object.ts'
import type { Oddity } from './oddities.ts'
import { longLabel, portNames, protocols } from './sample-names.ts'

type Spec = Record<string, unknown>
type Part = { readonly spec: Spec; readonly oddities: readonly Oddity[] }

/** The kinds of target of an ExternalName. */
export type Target = { readonly externalName: string; readonly oddities: readonly Oddity[] }

/** A Service to create. */
export function serviceChange(namespace: string, name: string, { spec, oddities }: Part): Change {
  const object: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec }
  return { verb: 'create', object, oddities: [...oddities, ...nameOddities(name)] }
}

function nameOddities(name: string): Oddity[] {
  if (name === longLabel) return ['name of 63 letters']
  if (name.length === 1 && name > '9') return ['name of one letter']
  if (/^[0-9]/.test(name)) return ['name that begins with a digit']
  return ['constructor', 'svc', 'pod'].includes(name) ? ['name that code might stumble over'] : []
}

/** A Service of any type but ExternalName. */
export function clusterSpec(random: Random): Part {
  const { ports, oddities } = servicePorts(random)
  const [spec, ...more] = random.pick<readonly [Spec, ...Oddity[]]>([
    [{}],
    [{}],
    [{ ipFamilyPolicy: 'RequireDualStack' }, 'dual-stack Service'],
    [{ ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] }, 'dual-stack Service'],
    [{ ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] }, 'IPv6 Service'],
    [{ type: 'LoadBalancer' }, 'LoadBalancer'],
    [{ type: 'NodePort' }],
    [{ externalIPs: [`203.0.113.${random.between(1, 200)}`] }, 'external IPs'],
  ])
  return { spec: { ...spec, ports }, oddities: [...oddities, ...more] }
}

/** A headless Service, with ports or without. */
export function headlessSpec(random: Random): Part {
  if (random.chance(0.2))
    return { spec: { clusterIP: 'None' }, oddities: ['headless Service', 'ports missing'] }
  const { ports, oddities } = servicePorts(random)
  return { spec: { clusterIP: 'None', ports }, oddities: ['headless Service', ...oddities] }
}

/** An ExternalName; some have ports, which mean nothing. */
export function aliasSpec(random: Random, { externalName, oddities }: Target): Part {
  const { ports } = servicePorts(random)
  return { spec: { type: 'ExternalName', externalName, ...(random.chance(0.2) && { ports }) }, oddities }
}

/** Ports that the API server takes in a Service: one may be without name, no name or number comes twice. */
export function servicePorts(random: Random): { ports: object[]; oddities: Oddity[] } {
  if (random.chance(0.25)) {
    const protocol = random.pick(protocols)
    return { ports: [{ port: random.between(1, 65_535), protocol }], oddities: ['port without name'] }
  }
  const names = new Set(Array.from({ length: random.between(1, 4) }, () => random.pick(portNames)))
  const oddities: Oddity[] = []
  const ports = [...names].map((name, index) => {
    const protocol = random.pick(protocols)
    if (name === longLabel) oddities.push('port with a name of 63 letters')
    if (protocol === 'SCTP') oddities.push('SCTP port')
    return { name, port: 1000 * (index + 1) + random.between(0, 99), protocol }
  })
  return { ports, oddities }
}
