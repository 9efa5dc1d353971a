import type { Random } from '../../seeded-random.ts'
import { type Place, targetOf } from './aliases.ts'
import type { Change } from './object.ts'
import type { Oddity } from './oddities.ts'
import { digitNames, longLabel, oddNames } from './sample-names.ts'
import { aliasSpec, clusterSpec, headlessSpec, serviceChange } from './services.ts'
import { alikeSlices, sliceChange } from './slices.ts'
import { deployment, namedPods, statefulSet } from './workloads.ts'

/** Namespaces of the differential; `held` stays terminating once it is deleted. */
export const namespaces = [
  'svc',
  'pod',
  'constructor',
  'a',
  '12',
  longLabel,
  'team',
  'prod',
  'go-1',
  'go-2',
  'held',
]

/** Keeps an object that is being deleted. */
export const hold = 'kubedoh.test/hold'

/** How many Services with how many slices a namespace gets at first. */
const perNamespace = { services: 22, slices: 24 }

/** The namespaces to begin with. */
export function namespaceChanges(): Change[] {
  return namespaces.map((name) => ({
    verb: 'create',
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    oddities: ['svc', 'pod', 'constructor'].includes(name) ? ['namespace with an odd name'] : [],
  }))
}

/** The initial objects of one namespace: Services of every type, slices by hand, aliases. */
export function populate(random: Random, namespace: string): Change[] {
  const names = new Set<string>()
  while (names.size < perNamespace.services) names.add(serviceName(random))
  const places = [...names].map((name) => ({ namespace, name }))
  const everywhere = [...places, { namespace: random.pick(namespaces), name: random.pick(oddNames) }]
  const services = places.map((place) => newService(random, place, everywhere))
  const slices = Array.from({ length: perNamespace.slices }, (_, index) =>
    newSlice(random, { namespace, name: `by-hand-${index}` }, services),
  )
  return [
    ...services,
    ...slices,
    ...alikeSlices(random, namespace, random.pick([...names])),
    ...heldService(random, namespace),
  ]
}

function heldService(random: Random, namespace: string): Change[] {
  if (namespace !== 'held') return []
  const change = serviceChange(namespace, 'held', clusterSpec(random))
  const metadata = { ...change.object.metadata, finalizers: [hold] }
  return [{ ...change, object: { ...change.object, metadata } }]
}

function serviceName(random: Random): string {
  const kind = random.between(0, 9)
  if (kind < 5) return random.pick(oddNames)
  return kind === 5 ? random.pick(digitNames) : `web-${random.between(1, 12)}`
}

/** A Service of a type by chance. */
export function newService(random: Random, { namespace, name }: Place, places: readonly Place[]): Change {
  const kind = random.between(0, 9)
  const part =
    kind < 4
      ? clusterSpec(random)
      : kind < 8
        ? headlessSpec(random)
        : aliasSpec(random, targetOf(random, places))
  return serviceChange(namespace, name, part)
}

/** A slice by hand, mostly of a Service among those. */
export function newSlice(random: Random, place: Place, services: readonly Change[]): Change {
  const kind = random.between(0, 19)
  const { object } = random.pick(services)
  const service = kind === 0 ? undefined : kind === 1 ? 'missing' : object.metadata.name
  const change = sliceChange(random, { ...place, service })
  const isAlias = (object.spec as { type?: string }).type === 'ExternalName'
  const more: Oddity[] = kind === 1 ? ['slice of a missing Service'] : []
  if (kind > 1 && isAlias) more.push('slice of an ExternalName')
  return { ...change, oddities: [...change.oddities, ...more] }
}

/** Objects that exist once: workloads, chains and loops of aliases, and every alias that chance may leave out. */
export function population(random: Random): Change[] {
  const namespace = 'team'
  const alias = (name: string, target: string, ...oddities: Oddity[]): Change =>
    serviceChange(namespace, name, {
      spec: {
        type: 'ExternalName',
        externalName: target.includes('.') ? target : `${target}.team.svc.cluster.local`,
      },
      oddities,
    })
  const chain = (name: string, length: number, end: string, ...oddities: Oddity[]): Change[] =>
    Array.from({ length }, (_, index) =>
      alias(`${name}-${index}`, index + 1 < length ? `${name}-${index + 1}` : end, ...oddities),
    )
  return [
    ...statefulSet('prod', 'db', 3),
    ...statefulSet('team', 'longname'.repeat(5), 2),
    ...deployment('prod', 'front', 4),
    ...namedPods('prod', 'named'),
    ...chain('chain', 4, 'db.prod.svc.cluster.local', 'ExternalName chain'),
    ...chain('out', 3, 'www.example.com', 'ExternalName chain'),
    ...chain('nine', 9, 'db.prod.svc.cluster.local', 'ExternalName chain above the limit'),
    ...chain('loop', 3, 'loop-0', 'ExternalName loop'),
    alias('self', 'self', 'ExternalName loop of one'),
    alias('deep', `${'d'.repeat(60)}.${'e'.repeat(60)}.${'f'.repeat(60)}.${'g'.repeat(50)}.example`),
    ...Array.from({ length: 20 }, (_, index) => {
      const target = targetOf(random, [
        { namespace: 'prod', name: 'db' },
        { namespace, name: 'chain-0' },
      ])
      return alias(`alias-${index}`, target.externalName, ...target.oddities)
    }),
  ]
}
