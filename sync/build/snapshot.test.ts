import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeBlob } from '../../snapshot/decode.ts'
import type { Blob, Root } from '../../snapshot/schema.ts'
import { shardOf } from '../../snapshot/shard.ts'
import { staticStore } from '../files/static-store.ts'
import { parseSelector } from '../objects/label-selector.ts'
import { agentDefaults } from '../options.ts'
import { sameContent } from './content.ts'
import { maxShardBytes } from './fit-shard.ts'
import { maxServiceBytes } from './oversized-service.ts'
import { storedBitsOf } from './shards.ts'
import { type BuildOptions, build, type Snapshot } from './snapshot.ts'

const options: BuildOptions = { ...agentDefaults, static: false }
const none = { services: 0, endpoints: 0 }

type Given = { namespaces?: string[]; services?: object[]; slices?: object[]; pods?: object[] }

function storeOf({
  namespaces = ['prod'],
  services = [],
  slices = [],
  pods = [],
}: Given): ReturnType<typeof staticStore> {
  const objects = {
    Namespace: namespaces.map((name) => ({ metadata: { name } })),
    Service: services,
    EndpointSlice: slices,
    Pod: pods,
    passedOver: new Map(),
  }
  return staticStore(objects, { ...agentDefaults, pods: 'verified' })
}

function service(name: string, spec: object, namespace = 'prod'): object {
  return { metadata: { name, namespace }, spec }
}

function slice(name: string, of: string, addresses: string[], fields: object = {}): object {
  const labels = { 'kubernetes.io/service-name': of }
  return {
    metadata: { name, namespace: 'prod', labels },
    endpoints: addresses.map((address) => ({ addresses: [address] })),
    ...fields,
  }
}

/** All blobs, by hash. */
function textsOf({ blobs }: Snapshot): Map<string, string> {
  return new Map(Array.from(blobs, ([hash, text]) => [hash, text()]))
}

/** The blob of a family's shard, decoded. */
function blob(snapshot: Snapshot, hash: string | null | undefined): Blob | undefined {
  const text = snapshot.blobs.get(hash ?? '')
  return text && decodeBlob(text())
}

function reverse(snapshot: Snapshot, family: 'reverse' | 'endpointReverse'): Record<string, unknown> {
  const found = Object.values(snapshot.content[family]).flatMap((hash) => {
    const shard = blob(snapshot, hash)
    return shard?.kind === 'reverse' ? [...shard.owners] : []
  })
  return Object.fromEntries(found)
}

function servicesOf(snapshot: Snapshot): Record<string, unknown> {
  const found = snapshot.content.services.shards.flatMap((hash) => {
    const shard = blob(snapshot, hash)
    return shard?.kind === 'services' ? [...shard.services] : []
  })
  return Object.fromEntries(found)
}

test('services, endpoints and both kinds of PTR are published', async () => {
  const snapshot = await build(
    storeOf({
      services: [service('web', { clusterIP: '10.96.0.1' }), service('db', { clusterIP: 'None' })],
      slices: [
        slice('w', 'web', ['10.0.0.1'], { ports: [{ port: 8080 }] }),
        slice('d', 'db', ['10.0.0.1', 'fd00::1']),
      ],
    }),
    options,
    none,
  )
  assert.deepEqual(servicesOf(snapshot), {
    'prod/web': { kind: 'cluster', ips: ['10.96.0.1'], ports: [] },
    'prod/db': { kind: 'headless', groups: [{ ports: [], endpoints: [['10.0.0.1'], ['fd00::1']] }] },
  })
  assert.deepEqual(reverse(snapshot, 'reverse'), {
    '10.96.0.1': [['prod', 'web']],
    '10.0.0.1': [['prod', 'db', '10-0-0-1']],
    'fd00::1': [['prod', 'db', 'fd00--1']],
  })
  assert.deepEqual(Object.keys(snapshot.content.reverse), ['10.0.0.0', '10.96.0.0', 'fd00::'])
  assert.deepEqual(reverse(snapshot, 'endpointReverse'), { '10.0.0.1': [['prod', 'web', '10-0-0-1']] })
  assert.deepEqual(blob(snapshot, snapshot.content.endpoints?.shards[0]), {
    kind: 'endpoints',
    services: new Map([['prod/web', [{ ports: [['', 'tcp', 8080]], endpoints: [['10.0.0.1']] }]]]),
  })
})

test('a headless service without ready endpoints is published without groups', async () => {
  const unready = {
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: false } }],
    ports: [{ port: 1 }],
  }
  const store = storeOf({
    services: [service('db', { clusterIP: 'None' })],
    slices: [slice('d', 'db', [], unready)],
  })
  assert.deepEqual(servicesOf(await build(store, options, none)), {
    'prod/db': { kind: 'headless', groups: [] },
  })
})

test('a service without its namespace is skipped, endpoints without their service are left out', async () => {
  const snapshot = await build(
    storeOf({
      services: [service('web', { clusterIP: '10.96.0.1' }, 'gone')],
      slices: [slice('x', 'nobody', ['10.0.0.1'])],
    }),
    options,
    none,
  )
  assert.equal(snapshot.blobs.size, 0)
  assert.deepEqual(snapshot.skipped, [
    {
      kind: 'Service',
      object: 'gone/web',
      cause: 'namespace_missing',
      reason: 'namespace gone does not exist',
    },
  ])
})

test('only exposed namespaces are published, and only skipped objects in them are reported', async () => {
  const given = {
    namespaces: ['prod', 'dev'],
    services: [
      service('web', { clusterIP: '10.96.0.1' }, 'dev'),
      service('bad', {}, 'dev'),
      service('worse', {}),
    ],
  }
  const snapshot = await build(storeOf(given), { ...options, namespaces: ['prod', 'later'] }, none)
  assert.deepEqual(snapshot.content.namespaces, ['prod'])
  assert.deepEqual(servicesOf(snapshot), {})
  assert.deepEqual(
    snapshot.skipped.map((skip) => skip.object),
    ['prod/worse'],
  )
})

test('endpoint names can be switched off', async () => {
  const store = storeOf({
    services: [service('web', { clusterIP: '10.96.0.1' })],
    slices: [slice('w', 'web', ['10.0.0.1'])],
  })
  const { content } = await build(store, { ...options, endpointNames: false }, none)
  assert.equal(content.endpoints, null)
  assert.deepEqual(content.endpointReverse, {})
})

test('a long list of namespaces is a blob', async () => {
  const many = Array.from({ length: 201 }, (_, n) => `ns-${n}`)
  const { content, blobs } = await build(storeOf({ namespaces: many }), options, none)
  assert.ok('blob' in content.namespaces)
  assert.deepEqual(decodeBlob(blobs.get(content.namespaces.blob)?.() ?? ''), {
    kind: 'namespaces',
    namespaces: new Set(many.toSorted()),
  })
  assert.deepEqual(
    (await build(storeOf({ namespaces: many.slice(1) }), options, none)).content.namespaces,
    many.slice(1).toSorted(),
  )
})

test('many services are spread over shards, whose number changes with hysteresis', async () => {
  const many = Array.from({ length: 3000 }, (_, n) =>
    service(`service-${n}`, { clusterIP: `10.96.${n >> 8}.${n & 255}` }),
  )
  const large = await build(storeOf({ services: many }), options, none)
  const { bits, shards } = large.content.services
  assert.equal(bits, 3)
  for (const [index, hash] of shards.entries()) {
    const shard = blob(large, hash)
    assert.ok(shard?.kind === 'services')
    for (const key of shard.services.keys()) assert.equal(shardOf(key, bits), index)
  }
  const stored = storedBitsOf(large.content as Root)
  const fewer = storeOf({ services: many.slice(0, 1500) })
  assert.equal((await build(fewer, options, stored)).content.services.bits, 3)
  assert.equal((await build(fewer, options, none)).content.services.bits, 2)
})

test('an oversized service is skipped alone', async () => {
  const addresses = Array.from({ length: 50_000 }, (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
  const snapshot = await build(
    storeOf({
      services: [service('large', { clusterIP: 'None' }), service('db', { clusterIP: 'None' })],
      slices: [slice('g', 'large', addresses), slice('d', 'db', ['10.9.0.1'])],
    }),
    options,
    none,
  )
  assert.deepEqual(Object.keys(servicesOf(snapshot)), ['prod/db'])
  assert.match(snapshot.skipped[0]?.reason ?? '', new RegExp(`at most ${maxServiceBytes}`))
})

/** A headless Service of a namespace with long names, and its slice with this many endpoints of one address. */
function largeService(
  namespace: string,
  name: string,
  endpoints: number,
): { service: object; slice: object } {
  const all = Array.from({ length: endpoints }, (_, n) => ({ addresses: ['10.1.2.3'], hostname: `h${n}` }))
  const labels = { 'kubernetes.io/service-name': name }
  return {
    service: service(name, { clusterIP: 'None' }, namespace),
    slice: { metadata: { name, namespace, labels }, endpoints: all },
  }
}

test("a namespace that fills a shard loses its largest Service's names there, and nobody else's", async () => {
  const tenant = 'a'.repeat(60)
  const large = largeService(tenant, 's'.repeat(60), 10_000)
  const small = largeService(tenant, 'small', 1)
  const other = largeService('prod', 'db', 2)
  const given = {
    namespaces: [tenant, 'prod'],
    services: [large, small, other].map((each) => each.service),
    slices: [large, small, other].map((each) => each.slice),
  }
  const snapshot = await build(storeOf(given), options, none)
  const texts = [...textsOf(snapshot).values()]
  for (const text of texts) assert.ok(text.length <= maxShardBytes, `${text.length} bytes`)
  const owners = texts.flatMap((text) => {
    const decoded = decodeBlob(text)
    return decoded.kind === 'reverse' ? (decoded.owners.get('10.1.2.3') ?? []) : []
  })
  assert.deepEqual(owners, [
    [tenant, 'small', 'h0'],
    ['prod', 'db', 'h0'],
    ['prod', 'db', 'h1'],
  ])
  assert.deepEqual(
    snapshot.skipped.map(({ object, cause }) => [object, cause]),
    [[`${tenant}/${'s'.repeat(60)}`, 'size']],
  )
  assert.match(snapshot.skipped[0]?.reason ?? '', /^its PTRs in 10\.1\.2\.0 take/)
})

test('pods of many namespaces at the addresses of one /24 are bounded, and each left-out namespace is reported', async () => {
  // Pods in the host network have the address of their node.
  const names = Array.from({ length: 90 }, (_, at) => `${at}`.padStart(63, 'n'))
  const podsOf = (namespace: string): object[] =>
    Array.from({ length: 254 }, (_, at) => ({
      metadata: { namespace, name: `p${at}` },
      status: { phase: 'Running', podIP: `10.1.2.${at}` },
    }))
  const small = { metadata: { namespace: 'prod', name: 'p' }, status: { podIP: '10.1.2.3' } }
  const store = storeOf({ namespaces: [...names, 'prod'], pods: [...names.flatMap(podsOf), small] })
  const snapshot = await build(store, { ...options, pods: 'verified' }, none)
  for (const text of textsOf(snapshot).values())
    assert.ok(text.length <= maxShardBytes, `${text.length} bytes`)
  const shard = blob(snapshot, snapshot.content.podAddresses['10.1.2.0'])
  assert.ok(shard?.kind === 'pods')
  assert.ok(shard.namespaces.get('10.1.2.3')?.includes('prod'))
  assert.ok(snapshot.skipped.length > 0 && snapshot.skipped.every(({ cause }) => cause === 'size'))
  assert.match(snapshot.skipped[0]?.reason ?? '', /^its pods at \d+ addresses of 10\.1\.2\.0 are in a shard/)
})

test('Services of one namespace whose names share a shard do not stop the others', async () => {
  const bits = 6
  const shard = shardOf('prod/db', bits)
  const names: string[] = []
  for (let n = 0; names.length < 3; n++) if (shardOf(`tenant/s${n}`, bits) === shard) names.push(`s${n}`)
  const large = names.map((name) => largeService('tenant', name, 25_000))
  const other = largeService('prod', 'db', 1)
  const given = {
    namespaces: ['tenant', 'prod'],
    services: [...large, other].map((each) => each.service),
    slices: [...large, other].map((each) => each.slice),
  }
  const snapshot = await build(storeOf(given), options, { ...none, services: bits })
  for (const text of textsOf(snapshot).values()) assert.ok(text.length <= maxShardBytes)
  const published = Object.keys(servicesOf(snapshot))
  assert.ok(published.includes('prod/db'))
  assert.ok(published.length < 4)
})

test('the same objects in any order give the same bytes', async () => {
  const label = fc.constantFrom('a', 'b', 'c', 'constructor', 'db-0')
  const address = fc.oneof(fc.ipV4(), fc.ipV6())
  const endpoint = fc.record({ addresses: fc.array(address, { maxLength: 3 }), hostname: fc.option(label) })
  const port = fc.record({ name: fc.option(label), port: fc.integer({ min: 1, max: 9 }) })
  const spec = fc.oneof(
    fc.constant({ clusterIP: 'None' }),
    fc.record({ clusterIP: fc.ipV4(), ports: fc.array(port, { maxLength: 3 }) }),
  )
  const given = fc.record({
    services: fc.uniqueArray(fc.record({ name: label, spec }), { selector: (each) => each.name }),
    slices: fc.array(
      fc.record({
        of: label,
        endpoints: fc.array(endpoint, { maxLength: 4 }),
        ports: fc.array(port, { maxLength: 2 }),
      }),
    ),
  })
  const shuffled = given.chain((each) =>
    fc.tuple(
      fc.constant(each),
      fc.shuffledSubarray(each.services, { minLength: each.services.length }),
      fc
        .shuffledSubarray(
          each.slices.map((one, n) => ({ ...one, n })),
          { minLength: each.slices.length },
        )
        .map((list) =>
          list.map((one) => ({
            ...one,
            endpoints: one.endpoints.toReversed(),
            ports: one.ports.toReversed(),
          })),
        ),
    ),
  )
  const storeFrom = (
    list: { name: string; spec: object }[],
    slices: { of: string; endpoints: object[]; ports: object[]; n: number }[],
  ) =>
    storeOf({
      services: list.map((each) => service(each.name, each.spec)),
      slices: slices.map(({ of, endpoints, ports, n }) => slice(String(n), of, [], { endpoints, ports })),
    })
  await fc.assert(
    fc.asyncProperty(shuffled, async ([original, otherServices, otherSlices]) => {
      const first = await build(
        storeFrom(
          original.services,
          original.slices.map((one, n) => ({ ...one, n })),
        ),
        options,
        none,
      )
      const second = await build(storeFrom(otherServices, otherSlices), options, none)
      assert.equal(JSON.stringify(second.content), JSON.stringify(first.content))
      assert.ok(sameContent(first.content, second.content))
      assert.deepEqual(textsOf(second), textsOf(first))
    }),
    { numRuns: 60 },
  )
})

function pod(name: string, podIP: string, namespace = 'prod'): object {
  return { metadata: { name, namespace }, status: { podIP, phase: 'Running' } }
}

test('pods are sharded by address, only in the mode verified', async () => {
  const given = {
    namespaces: ['prod', 'kube-system', 'hidden'],
    pods: [
      pod('a', '10.244.1.5'),
      pod('b', '10.244.1.6'),
      pod('c', '10.244.2.5'),
      pod('six', 'fd00::1:2'),
      pod('node', '192.0.2.10'),
      pod('proxy', '192.0.2.10', 'kube-system'),
      pod('proxy-too', '192.0.2.10', 'kube-system'),
      pod('hidden', '192.0.2.10', 'hidden'),
      pod('orphan', '10.244.9.9', 'gone'),
    ],
  }
  const exposed = { ...options, namespaces: ['prod', 'kube-system'] }
  const snapshot = await build(storeOf(given), { ...exposed, pods: 'verified' }, none)
  const shards = Object.entries(snapshot.content.podAddresses).map(([prefix, hash]) => {
    const shard = blob(snapshot, hash)
    return [prefix, shard?.kind === 'pods' ? Object.fromEntries(shard.namespaces) : shard]
  })
  assert.deepEqual(Object.fromEntries(shards), {
    '10.244.1.0': { '10.244.1.5': ['prod'], '10.244.1.6': ['prod'] },
    '10.244.2.0': { '10.244.2.5': ['prod'] },
    '192.0.2.0': { '192.0.2.10': ['kube-system', 'prod'] },
    'fd00::1:0': { 'fd00::1:2': ['prod'] },
  })
  assert.equal(snapshot.content.pods, 'verified')
  const turned = await build(
    storeOf({ ...given, pods: given.pods.toReversed() }),
    { ...exposed, pods: 'verified' },
    none,
  )
  assert.ok(sameContent(turned.content, snapshot.content))
  for (const pods of ['disabled', 'insecure'] as const) {
    const other = await build(storeOf(given), { ...exposed, pods }, none)
    assert.deepEqual([other.content.pods, other.content.podAddresses, other.blobs.size], [pods, {}, 0])
  }
})

test('with ignoreEmptyServices, the PTR of a Service without ready endpoints is still published', async () => {
  const given = {
    services: [service('none', { clusterIP: '10.96.0.1' }), service('up', { clusterIP: '10.96.0.2' })],
    slices: [slice('up-1', 'up', ['10.244.1.1'])],
  }
  const snapshot = await build(storeOf(given), { ...options, ignoreEmptyServices: true }, none)
  assert.deepEqual(Object.keys(servicesOf(snapshot)), ['prod/up'])
  assert.deepEqual(reverse(snapshot, 'reverse'), {
    '10.96.0.1': [['prod', 'none']],
    '10.96.0.2': [['prod', 'up']],
  })
  assert.deepEqual(snapshot.skipped, [])
})

test('objects in a namespace that is not selected are left out and not reported', async () => {
  const namespaces = ['prod', 'dark'].map((name) => ({ metadata: { name, labels: { name } } }))
  const broken = { metadata: { name: 'broken', namespace: 'dark' }, spec: {} }
  const store = staticStore(
    {
      Namespace: namespaces,
      Service: [service('web', { clusterIP: '10.96.0.1' }, 'dark'), broken],
      EndpointSlice: [],
      Pod: [pod('a', '10.244.1.5', 'dark')],
    },
    { ...agentDefaults, pods: 'verified', namespaceLabels: parseSelector('name=prod') },
  )
  const { content, blobs, skipped } = await build(store, { ...options, pods: 'verified' }, none)
  assert.deepEqual([content.namespaces, content.podAddresses, blobs.size, skipped], [['prod'], {}, 0, []])
})
