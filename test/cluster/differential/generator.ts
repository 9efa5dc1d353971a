import type { Random } from '../../seeded-random.ts'
import { targetOf } from './aliases.ts'
import { namespaceChanges, namespaces, newService, newSlice, populate, population } from './first-objects.ts'
import { type Change, type KubeObject, keyOf } from './object.ts'
import type { Oddity } from './oddities.ts'
import { hostnames } from './sample-names.ts'
import { aliasSpec, clusterSpec, headlessSpec, serviceChange, servicePorts } from './services.ts'
import { addressOf, serviceLabel, slicePorts } from './slices.ts'

/** Changes in phases: those of one phase may be made in any order, as they are of different objects. */
export type Phases = readonly (readonly Change[])[]

/** Makes and changes objects by chance. It must be notified of accepted changes, since later ones build on them. */
export type Generator = {
  first(): Phases
  /** The changes of a round, 1 and on. */
  round(number: number): Phases
  accepted(change: Change): void
}

/** How many changes of Services and of slices a round makes. */
const perRound = { services: 60, slices: 80 }

/** Chance → a generator; the same chance and the same acceptances give the same objects. */
export function createGenerator(random: Random): Generator {
  const accepted = new Map<string, KubeObject>()
  const gone = new Set<string>()
  const all = (kind: string): KubeObject[] =>
    [...accepted.values()].filter(
      (object) => object.kind === kind && !gone.has(object.metadata.namespace ?? object.metadata.name),
    )

  function round(number: number): Phases {
    const services = all('Service').filter(({ metadata }) => metadata.finalizers === undefined)
    const slices = all('EndpointSlice')
    const touched = new Set<string>()
    const fresh = (changes: readonly Change[]): boolean => {
      const keys = new Set(changes.map(({ object }) => keyOf(object)))
      if ([...keys].some((key) => touched.has(key))) return false
      for (const key of keys) touched.add(key)
      return true
    }
    const chosen = [
      ...Array.from({ length: perRound.services }, () =>
        mutateService(random, random.pick(services), services),
      ),
      ...Array.from({ length: perRound.slices }, () => mutateSlice(random, random.pick(slices), services)),
      ...Array.from({ length: 10 }, (_, index) => {
        const place = { namespace: liveNamespace(), name: `new-${number}-${index}` }
        return [
          newService(
            random,
            place,
            services.map(({ metadata }) => placeOf(metadata)),
          ),
        ]
      }),
      ...Array.from({ length: 10 }, (_, index) => {
        const place = { namespace: liveNamespace(), name: `new-${number}-${index}` }
        return [
          newSlice(
            random,
            place,
            all('Service').map((object) => ({ verb: 'create', object, oddities: [] })),
          ),
        ]
      }),
      ...scalings(number),
    ].filter(fresh)
    // A Service whose address comes or goes is deleted and created again, hence the order.
    return [
      chosen.flatMap((changes) => changes.slice(0, 1)),
      chosen.flatMap((changes) => changes.slice(1)),
      ...ending(number),
    ]
  }

  const liveNamespace = (): string => random.pick(namespaces.filter((name) => !gone.has(name)))

  function scalings(number: number): Change[][] {
    const replicas = [5, 1, 0, 4][number % 4] ?? 2
    return [...all('StatefulSet'), ...all('Deployment')].map((object) => [
      {
        verb: 'replace',
        object: { ...object, spec: { ...(object.spec as object), replicas } },
        oddities: object.kind === 'StatefulSet' ? ['StatefulSet scaled'] : [],
      },
    ])
  }

  function ending(number: number): Phases {
    const name = ['held', 'go-1', 'go-2'][number - 1]
    if (name === undefined) return []
    const object: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
    const oddities: Oddity[] = ['namespace deleted']
    if (name === 'held') oddities.push('namespace held terminating')
    return [[{ verb: 'delete', object, oddities }]]
  }

  return {
    first: () => [
      namespaceChanges(),
      [...namespaces.flatMap((name) => populate(random.fork(), name)), ...population(random.fork())],
    ],
    round,
    accepted({ verb, object }) {
      const key = keyOf(object)
      if (verb === 'delete') accepted.delete(key)
      else accepted.set(key, object)
      if (verb === 'delete' && object.kind === 'Namespace') gone.add(object.metadata.name)
    },
  }
}

function placeOf({ namespace = '', name }: KubeObject['metadata']): { namespace: string; name: string } {
  return { namespace, name }
}

function removal(object: KubeObject, ...oddities: Oddity[]): Change {
  return { verb: 'delete', object, oddities }
}

/** One Service changed: in place, or deleted and created again where the API server allows no other way. */
function mutateService(random: Random, object: KubeObject, services: readonly KubeObject[]): Change[] {
  const { namespace, name } = placeOf(object.metadata)
  const spec = object.spec as { type?: string; clusterIP?: string }
  const places = services.map(({ metadata }) => placeOf(metadata))
  const replaced = (changed: object, ...oddities: Oddity[]): Change[] => [
    { verb: 'replace', object: { ...object, spec: changed }, oddities },
  ]
  const recreated = (part: ReturnType<typeof clusterSpec>, oddity: Oddity): Change[] => {
    const change = serviceChange(namespace, name, part)
    return [removal(object), { ...change, oddities: [...change.oddities, oddity] }]
  }
  const kind = random.between(0, 9)
  if (kind === 0) return [removal(object, 'Service deleted')]
  if (spec.type === 'ExternalName') {
    if (kind < 4) return replaced(clusterSpec(random).spec, 'type changed to ClusterIP')
    if (kind < 6) return replaced(headlessSpec(random).spec)
    return replaced(aliasSpec(random, targetOf(random, places)).spec)
  }
  if (kind < 4)
    return replaced(aliasSpec(random, targetOf(random, places)).spec, 'type changed to ExternalName')
  if (kind < 6)
    return spec.clusterIP === 'None'
      ? recreated(clusterSpec(random), 'Service made not headless')
      : recreated(headlessSpec(random), 'Service made headless')
  return replaced({ ...spec, ports: servicePorts(random).ports }, 'ports changed')
}

type Endpoint = { addresses: string[]; hostname?: string; conditions?: { ready?: boolean } }
type Slice = KubeObject & { readonly endpoints: readonly Endpoint[]; readonly addressType: string }

/** One slice changed. */
function mutateSlice(random: Random, object: KubeObject, services: readonly KubeObject[]): Change[] {
  const { endpoints, addressType } = object as Slice
  const replaced = (part: object, ...oddities: Oddity[]): Change[] => [
    { verb: 'replace', object: { ...object, ...part }, oddities },
  ]
  const labelled = (labels: Record<string, string>, oddity: Oddity): Change[] =>
    replaced({ metadata: { ...object.metadata, labels } }, oddity)
  const each = (change: (endpoint: Endpoint) => Partial<Endpoint>, oddity: Oddity): Change[] =>
    replaced({ endpoints: endpoints.map((endpoint) => ({ ...endpoint, ...change(endpoint) })) }, oddity)
  const kind = random.between(0, 10)
  if (kind === 0) return [removal(object, 'slice deleted')]
  if (kind === 1) return labelled({}, 'slice unlabelled')
  if (kind === 2) {
    const near = services.filter(({ metadata }) => metadata.namespace === object.metadata.namespace)
    const service = near.length > 0 ? random.pick(near).metadata.name : 'missing'
    return labelled({ [serviceLabel]: service }, 'slice moved to another Service')
  }
  if (kind < 5) return replaced({ ports: slicePorts(random).ports }, 'ports changed')
  if (kind < 7) return each(() => ({ conditions: { ready: random.chance(0.5) } }), 'readiness changed')
  if (kind < 9) return each(() => ({ hostname: random.pick(hostnames) }), 'hostname changed')
  return each(() => ({ addresses: [addressOf(random, addressType, [])] }), 'addresses changed')
}
