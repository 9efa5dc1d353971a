import * as fc from 'fast-check'
import { canonicalAddress } from '../dns/address.ts'
import { toBase64Url } from '../dns/base64url.ts'
import type { BlobHash, Endpoint, EndpointGroup, Owner, Port, Root, Service, SignedRoot } from './schema.ts'

/** A label as Kubernetes allows it for namespaces, services and hostnames; from a small set, so that some are equal. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('default', 'kube-system', 'web', 'db', 'a'),
  fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/),
)

/** A canonical address. */
export const anyAddress: fc.Arbitrary<string> = fc
  .oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('10.0.0.1', '10.0.0.2'))
  .map((text) => canonicalAddress(text) ?? '10.0.0.1')

const anyPort: fc.Arbitrary<Port> = fc.tuple(
  fc.constantFrom('', 'http', 'https', 'dns'),
  fc.constantFrom('tcp', 'udp', 'sctp'),
  fc.nat(65_535),
)
const anyPorts = fc.array(anyPort, { maxLength: 3 })
const anyEndpoint: fc.Arbitrary<Endpoint> = fc.oneof(
  anyAddress.map((address): Endpoint => [address]),
  fc.tuple(anyAddress, anyName),
)

/** Groups of endpoints, some with the same ports. */
export const anyGroups: fc.Arbitrary<EndpointGroup[]> = fc.array(
  fc.record({ ports: anyPorts, endpoints: fc.array(anyEndpoint, { maxLength: 5 }) }),
  { maxLength: 4 },
)

const anyService: fc.Arbitrary<Service> = fc.oneof(
  fc.record({
    kind: fc.constant('cluster' as const),
    ips: fc.uniqueArray(anyAddress, { minLength: 1, maxLength: 2 }),
    ports: anyPorts,
  }),
  fc.record({ kind: fc.constant('headless' as const), groups: anyGroups }),
  fc.record({ kind: fc.constant('external' as const), target: fc.domain() }),
)

const anyKey = fc.oneof(
  fc.tuple(anyName, anyName).map(([namespace, name]) => `${namespace}/${name}`),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'ä/ö', '\ud800'),
)

function anyMap<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Map<string, T>> {
  return fc
    .uniqueArray(fc.tuple(anyKey, value), { selector: ([key]) => key, maxLength: 6 })
    .map((pairs) => new Map(pairs))
}

export const anyServices: fc.Arbitrary<Map<string, Service>> = anyMap(anyService)
export const anyEndpoints: fc.Arbitrary<Map<string, EndpointGroup[]>> = anyMap(anyGroups)
export const anyOwners: fc.Arbitrary<Map<string, Owner[]>> = anyMap(
  fc.array(fc.oneof(fc.tuple(anyName, anyName), fc.tuple(anyName, anyName, anyName)), { maxLength: 4 }),
)

export const anyPods: fc.Arbitrary<Map<string, string[]>> = anyMap(fc.uniqueArray(anyName, { maxLength: 4 }))

/** Any JSON value, with keys that have a meaning in JavaScript. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, false, '', 'a', 0, -0, -1, 0.5, 1, 2, 1e300, '__proto__'),
    fc.jsonValue(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(
        fc.constantFrom('__proto__', 'constructor', 'toString', 'valueOf', 'toJSON', 'length'),
        fc.constantFrom(
          'schema',
          'kind',
          'entries',
          'ips',
          'ports',
          'groups',
          'endpoints',
          'target',
          'blob',
          'bits',
          'shards',
        ),
        fc.string({ maxLength: 4 }),
      ),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value

/** A root that was read, which must be of schema 1. */
export function wholeRoot(root: SignedRoot): Root {
  if (root.schema !== 1) throw new Error(`a root of schema ${root.schema}`)
  return root
}

/** A hash of the right form, of no existing blob. */
export function someHash(seed: number): BlobHash {
  return toBase64Url(new Uint8Array(32).fill(seed))
}

/** 2026-01-01T00:00:00Z. */
export const exampleTimeMs: number = Date.UTC(2026, 0)

/** A valid root with every kind of blob. */
export function exampleRoot(changes: Partial<Root> = {}): Root {
  return {
    schema: 1,
    cluster: 'prod',
    domain: 'cluster.local',
    generation: exampleTimeMs,
    term: 3,
    asOfMs: exampleTimeMs,
    static: false,
    staleAfterMs: 900_000,
    expiresAfterMs: 86_400_000,
    serial: exampleTimeMs / 1000,
    ttl: 5,
    pods: 'verified',
    namespaces: ['default', 'kube-system'],
    policy: { head: someHash(1), tokens: { bits: 1, shards: [null, someHash(3)] } },
    services: { bits: 1, shards: [someHash(2), null] },
    reverse: { '10.96.0.0': someHash(3) },
    endpoints: { bits: 0, shards: [someHash(4)] },
    endpointReverse: { 'fd00::100': someHash(5) },
    podAddresses: { '10.244.1.0': someHash(6) },
    ...changes,
  }
}
