import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build } from '../build/snapshot.ts'
import { agentDefaults } from '../options.ts'
import { packEndpoints } from './packed-endpoints.ts'
import { reduceObject } from './reduce.ts'
import type { ObjectKind } from './skipped.ts'
import { createStore } from './store.ts'

function causes(kind: ObjectKind, object: object): string[] {
  return reduceObject(kind, object, agentDefaults).skipped.map(({ cause }) => cause)
}

const metadata = { namespace: 'prod', name: 'web' }
const sliceMetadata = { ...metadata, labels: { 'kubernetes.io/service-name': 'web' } }
const ip = { clusterIPs: ['10.0.0.1'] }

const cases: readonly (readonly [string, ObjectKind, object])[] = [
  ['name', 'Namespace', {}],
  ['name', 'Service', { metadata: { namespace: 'prod', name: 'a.b' } }],
  ['namespace', 'Service', { metadata: { name: 'web' } }],
  ['external_name', 'Service', { metadata, spec: { type: 'ExternalName' } }],
  ['external_name', 'Service', { metadata, spec: { type: 'ExternalName', externalName: '10.0.0.1' } }],
  ['cluster_ip', 'Service', { metadata, spec: {} }],
  ['cluster_ip', 'Service', { metadata, spec: { clusterIPs: ['x'] } }],
  ['port', 'Service', { metadata, spec: { ...ip, ports: [{ port: 0 }] } }],
  ['port', 'Service', { metadata, spec: { ...ip, ports: [{ port: 1, name: 'a.b' }] } }],
  ['port', 'Service', { metadata, spec: { ...ip, ports: [{ port: 1, protocol: '.' }] } }],
  ['service_label', 'EndpointSlice', { metadata }],
  [
    'other',
    'EndpointSlice',
    { metadata: sliceMetadata, endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: 'no' } }] },
  ],
  ['pod_ip', 'Pod', { metadata, status: { podIP: 'x' } }],
  ['endpoint_address', 'EndpointSlice', { metadata: sliceMetadata, endpoints: [{ addresses: ['x'] }] }],
  [
    'endpoint_hostname',
    'EndpointSlice',
    { metadata: sliceMetadata, endpoints: [{ addresses: ['10.0.0.1'], hostname: 'a.b' }] },
  ],
]

for (const [cause, kind, object] of cases) {
  test(`${kind} ${JSON.stringify(object)}: ${cause}`, () => assert.deepEqual(causes(kind, object), [cause]))
}

test('Services that the build leaves out also have causes', async () => {
  const endpoints = Array.from({ length: 30_000 }, (_, n): [string] => [
    `fd00::1:${n.toString(16)}:ffff:ffff:1`,
  ])
  const store = createStore()
  const headless = (namespace: string, name: string): void => {
    const entry = { namespace, name, service: { kind: 'headless' as const }, hasSelector: true }
    store.upsert('Service', { key: `${namespace}/${name}`, entry, skipped: [] })
  }
  store.upsert('Namespace', { key: 'prod', entry: { name: 'prod', isSelected: true }, skipped: [] })
  headless('gone', 'web')
  headless('prod', 'big')
  const group = { ports: [], endpoints: packEndpoints(endpoints) }
  const slice = { namespace: 'prod', service: 'big', group, writer: 'controller' as const }
  store.upsert('EndpointSlice', { key: 'prod/big-1', entry: slice, skipped: [] })
  const { skipped } = await build(store, { ...agentDefaults, static: false }, { services: 0, endpoints: 0 })
  assert.deepEqual(
    skipped.map(({ cause }) => cause),
    ['namespace_missing', 'size'],
  )
})
