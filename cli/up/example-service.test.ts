import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseObjects } from '../../sync/files/parse-objects.ts'
import { staticStore } from '../../sync/files/static-store.ts'
import { type AgentOptions, resolveOptions } from '../../sync/options.ts'
import { readObjectFiles, sampleFile } from '../options/source-option.ts'
import { exampleService } from './example-service.ts'

type Item = { readonly kind: string; readonly [field: string]: unknown }

const inNamespace = (namespace: string, name: string): object => ({ metadata: { namespace, name } })
const namespaceItem = (name: string): Item => ({ kind: 'Namespace', metadata: { name } })
const serviceItem = (namespace: string, name: string, spec: object): Item => ({
  kind: 'Service',
  ...inNamespace(namespace, name),
  spec,
})
const sliceItem = (namespace: string, service: string, ...addresses: readonly string[]): Item => ({
  kind: 'EndpointSlice',
  metadata: { namespace, name: `${service}-1`, labels: { 'kubernetes.io/service-name': service } },
  endpoints: addresses.map((address) => ({ addresses: [address] })),
})

const options = resolveOptions({ cluster: 'local' })

function exampleOf(items: readonly Item[], wishes: Partial<AgentOptions> = {}): string | undefined {
  const text = items.map((item) => JSON.stringify({ apiVersion: apiVersionOf(item), ...item })).join('\n')
  const settled = { ...options, ...wishes }
  return exampleService(staticStore(parseObjects([{ name: 'objects.json', text }]), settled), settled)
}

function apiVersionOf({ kind }: Item): string {
  return kind === 'EndpointSlice' ? 'discovery.k8s.io/v1' : 'v1'
}

const headless = { clusterIP: 'None' }
const many = Array.from({ length: 9 }, (_, index) => `10.1.0.${index}`)

test('in the sample cluster, the example is a headless Service with endpoints', async () => {
  const objects = await readObjectFiles([sampleFile], options)
  assert.equal(exampleService(staticStore(objects, options), options), 'none-linuxea.default')
})

test('the order of preference: headless with a few endpoints, cluster IPs with endpoints, the API server, any other', () => {
  const items = [
    namespaceItem('b'),
    serviceItem('b', 'empty', { clusterIP: '10.0.0.3' }),
    serviceItem('b', 'large', headless),
    sliceItem('b', 'large', ...many),
    namespaceItem('default'),
    serviceItem('default', 'kubernetes', { clusterIP: '10.0.0.1' }),
    sliceItem('default', 'kubernetes', '192.0.2.1'),
    serviceItem('b', 'web', { clusterIP: '10.0.0.2' }),
    sliceItem('b', 'web', '10.1.0.1'),
    serviceItem('b', 'db', headless),
    sliceItem('b', 'db', '10.1.0.2', '10.1.0.3'),
  ]
  const expected = ['db.b', 'web.b', 'kubernetes.default', 'large.b', 'empty.b']
  for (const [index, name] of expected.entries())
    assert.equal(exampleOf(items.slice(0, items.length - 2 * index)), name)
})

test('a Service without an A record, or one that is not published, is never the example', () => {
  const items = [
    namespaceItem('b'),
    serviceItem('b', 'alias', { type: 'ExternalName', externalName: 'example.com' }),
    serviceItem('b', 'six', { clusterIP: 'fd00::1' }),
    serviceItem('b', 'six-only', headless),
    sliceItem('b', 'six-only', 'fd00::2'),
    serviceItem('b', 'waiting', headless),
    serviceItem('gone', 'web', { clusterIP: '10.0.0.1' }),
  ]
  assert.equal(exampleOf(items), undefined)
  const empty = [...items, serviceItem('b', 'web', { clusterIP: '10.0.0.2' })]
  assert.equal(exampleOf(empty), 'web.b')
  assert.equal(exampleOf(empty, { ignoreEmptyServices: true }), undefined)
  assert.equal(exampleOf(empty, { namespaces: ['a'] }), undefined)
})

test('among equal Services, the example is the first by namespace and name', () => {
  const items = ['b/y', 'b/x', 'a/z'].flatMap((key) => {
    const [namespace = '', name = ''] = key.split('/')
    return [
      namespaceItem(namespace),
      serviceItem(namespace, name, headless),
      sliceItem(namespace, name, '10.1.0.1'),
    ]
  })
  assert.equal(exampleOf(items), 'z.a')
})
