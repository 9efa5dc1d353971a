import { queryBytes } from '../../../dns/arbitrary.case.ts'
import { nameFromText } from '../../../dns/name.ts'
import { get, startMs } from '../../../worker/edge.case.ts'
import type { DohRequest } from '../../../worker/http/request.ts'
import { type Dig, endpoint, namespace, port, service, slice, typeCode } from '../../dig.ts'
import type { Random } from '../../seeded-random.ts'
import { type ClusterPlan, startProduct } from '../leak-world.ts'
import { drawToken, type TestToken } from '../make-policy.ts'
import type { TimedClass } from './measure.ts'

/** Classes that a caller must not be able to tell apart by time. */
export type Group = { readonly name: string; readonly classes: readonly TimedClass[] }

/** The edge that is measured, and its groups of classes. */
export type TimedEdge = { readonly dig: Dig; readonly groups: readonly Group[] }

/** The added time of the control in each group (µs). */
export const controlMicros = 2

/** How many tokens of each class are used in turn. */
const tokensPerClass = 500

/** Starts an edge with 2,000 tokens, and two namespaces of which the caller may see one; everything is in memory. */
export async function startTimedEdge(random: Random): Promise<TimedEdge> {
  const draw = (): string => drawToken('test', random)
  const holder = draw()
  const lists = {
    expired: Array.from({ length: tokensPerClass }, draw),
    early: Array.from({ length: tokensPerClass }, draw),
    otherDoor: Array.from({ length: tokensPerClass }, draw),
  }
  const some: readonly TestToken[] = [
    ...lists.expired.map((text): TestToken => ({ text, scope: 'all', expiresMs: startMs - 1_000 })),
    ...lists.early.map((text): TestToken => ({ text, scope: 'all', notBeforeMs: startMs + 3_600_000 })),
    ...lists.otherDoor.map((text): TestToken => ({ text, scope: 'all', doors: ['dot'] })),
    ...Array.from({ length: tokensPerClass }, (): TestToken => ({ text: draw(), scope: 'all' })),
  ]
  const cluster: ClusterPlan = {
    id: 'test',
    objects: objects(),
    reverse: ['10.0.0.0/8'],
    policy: { tokens: [{ text: holder, scope: ['mine'] }, ...some], anonymous: null, bits: 2 },
    root: { generation: startMs + 1 },
  }
  const dig = await startProduct({ clusters: [cluster], config: { public: false } })
  const refused = refusedClasses(lists, draw, random)
  return {
    dig,
    groups: [
      { name: 'tokens that are not valid', classes: withControls(refused) },
      ...nameGroups(holder).map(({ name, classes }) => ({ name, classes: withControls(classes) })),
    ],
  }
}

const services = 200

function objects(): ClusterPlan['objects'] {
  const both = ['mine', 'hidden']
  return [
    ...both.map(namespace),
    ...both.flatMap((space, at) =>
      Array.from({ length: services }, (_, index) => [
        service(`${space}/svc-${index}`, {
          clusterIPs: [`10.96.${at}.${index + 1}`],
          ports: [port('http:80')],
        }),
        slice(`${space}/svc-${index}`, [endpoint(`10.244.${at}.${index + 1}`)], [port('http:80')]),
      ]).flat(),
    ),
  ]
}

function refusedClasses(
  { expired, early, otherDoor }: Readonly<Record<'expired' | 'early' | 'otherDoor', readonly string[]>>,
  draw: () => string,
  random: Random,
): TimedClass[] {
  const paths = (make: (at: number) => string): (() => DohRequest) =>
    inTurn(Array.from({ length: tokensPerClass }, (_, at) => make(at)))
  const malformed = (): string => draw().replaceAll(/[a-z]/g, (letter) => (random.chance(0.2) ? '8' : letter))
  return [
    { name: 'unknown token', request: paths(draw) },
    { name: 'expired token', request: paths((at) => expired[at] ?? '') },
    { name: 'token that is not valid yet', request: paths((at) => early[at] ?? '') },
    { name: 'token for another door', request: paths((at) => otherDoor[at] ?? '') },
    { name: 'malformed token', request: paths(malformed) },
    { name: 'token of an unknown cluster', request: paths(() => draw().replace('test', 'nope')) },
    { name: 'wrong path', request: paths(() => draw().replace('-', '/')) },
  ]
}

function nameGroups(holder: string): Group[] {
  const ask = (name: (at: number) => string, type = 'A'): (() => DohRequest) =>
    inTurn(Array.from({ length: services }, (_, at) => query(`${holder}?dns=`, name(at), type)))
  return [
    {
      name: 'names of Services',
      classes: [
        { name: 'hidden', request: ask((at) => `svc-${at}.hidden.svc.cluster.local`) },
        { name: 'in a missing namespace', request: ask((at) => `svc-${at}.absent.svc.cluster.local`) },
        { name: 'missing in a hidden namespace', request: ask((at) => `not-${at}.hidden.svc.cluster.local`) },
      ],
    },
    {
      name: 'reverse names',
      classes: [
        { name: 'of a hidden Service', request: ask((at) => `${at + 1}.1.96.10.in-addr.arpa`, 'PTR') },
        {
          name: 'of no Service, in a /24 of hidden ones',
          request: ask((at) => `${250 - (at % 40)}.1.96.10.in-addr.arpa`, 'PTR'),
        },
      ],
    },
  ]
}

function query(prefix: string, name: string, type: string): string {
  return prefix + Buffer.from(queryBytes(nameFromText(name), { type: typeCode(type) })).toString('base64url')
}

function inTurn(paths: readonly string[]): () => DohRequest {
  let next = 0
  return () => get(`/dns-query/${paths[next++ % paths.length]}`)
}

/** The classes, with the first one a second time, and once with added time. */
function withControls(classes: readonly TimedClass[]): TimedClass[] {
  const [first] = classes
  if (!first) return []
  return [
    ...classes,
    { ...first, name: `${first.name}, again` },
    { ...first, name: `control: ${first.name} and ${controlMicros} µs`, addedMicros: controlMicros },
  ]
}
