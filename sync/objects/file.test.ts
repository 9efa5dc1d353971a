import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ObjectsError, parseObjects } from './file.ts'

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } }
const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'prod' } }
const slice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 's', namespace: 'prod' },
}

function count(text: string): Record<string, unknown> {
  const { passedOver, ...objects } = parseObjects(text, 'file')
  const counts = Object.entries(objects).map(([kind, list]) => [kind, list.length])
  return { ...Object.fromEntries(counts), ...Object.fromEntries(passedOver) }
}

const all = { Namespace: 1, Service: 1, EndpointSlice: 1 }
const pod = { kind: 'Pod', metadata: { name: 'web-0', namespace: 'prod' } }

test('a List, as kubectl writes it, in JSON', () => {
  assert.deepEqual(count(JSON.stringify({ kind: 'List', items: [namespace, service, slice, pod, pod] })), {
    ...all,
    Pod: 2,
  })
})

test('typed lists, whose items have no kind', () => {
  const lists = [
    { kind: 'NamespaceList', items: [{ metadata: { name: 'prod' } }] },
    { kind: 'ServiceList', items: [{ metadata: { name: 'web' } }] },
    { kind: 'EndpointSliceList', items: [{ metadata: { name: 's' } }] },
    { kind: 'PodList', items: [{}, {}] },
  ]
  assert.deepEqual(count(lists.map((list) => JSON.stringify(list)).join('\n---\n')), { ...all, Pod: 2 })
  assert.deepEqual(count(JSON.stringify(lists)), { ...all, Pod: 2 })
})

test('several YAML documents, comments and empty ones among them', () => {
  const text =
    '# made by hand\n---\nkind: Namespace\nmetadata: {name: prod}\n---\n---\nkind: Service\nmetadata: {name: web}\n---\nkind: ConfigMap\n'
  assert.deepEqual(count(text), { Namespace: 1, Service: 1, EndpointSlice: 0, Pod: 0, ConfigMap: 1 })
})

test('timestamps, yes and no stay texts', () => {
  const text = 'kind: Namespace\nmetadata: {name: no, creationTimestamp: 2026-01-02T03:04:05Z}'
  assert.deepEqual(parseObjects(text, 'file').Namespace, [
    { kind: 'Namespace', metadata: { name: 'no', creationTimestamp: '2026-01-02T03:04:05Z' } },
  ])
})

const broken: [string, string, RegExp][] = [
  [
    'YAML',
    'kind: List\nitems: [\nx: y: z',
    /^file:3:1: neither YAML nor JSON: .*kubectl get namespaces,services/,
  ],
  ['JSON', '{"kind": "List",\n "items": [}', /^file:2:\d+: neither YAML nor JSON/],
  ['a text', 'hello', /^file: document 1 is no Kubernetes object: it has no kind/],
  [
    'an item without kind',
    'kind: List\nitems:\n- kind: Namespace\n- {}',
    /^file: document 1, item 2 is no Kubernetes object/,
  ],
  ['nothing', '', /^file: no Namespace in it \(found: nothing\)/],
  [
    'no Namespace',
    JSON.stringify({ kind: 'List', items: [service, slice] }),
    /found: Service, EndpointSlice\).*kubectl get namespaces,/,
  ],
]

for (const [name, text, message] of broken) {
  test(`broken: ${name}`, () => {
    assert.throws(
      () => parseObjects(text, 'file'),
      (error) =>
        error instanceof ObjectsError && error.code === 'OBJECTS_INVALID' && message.test(error.message),
    )
  })
}

test('where names of pods are verified, Pods have to be among the objects', () => {
  const list = (...items: object[]): string => JSON.stringify({ kind: 'List', items })
  assert.equal(parseObjects(list(namespace, pod), 'file', 'verified').Pod.length, 1)
  assert.equal(parseObjects(list(namespace), 'file', 'insecure').Pod.length, 0)
  assert.throws(() => parseObjects(list(namespace, service), 'file', 'verified'), {
    message:
      "file: no Pod in it (found: Namespace, Service), so no pod's name could be answered; make it with: kubectl get namespaces,services,endpointslices,pods -A -o yaml",
  })
})

test('the place of a syntax error is told apart', () => {
  assert.throws(() => parseObjects('a: [', 'file'), { line: 1, column: 5 })
})
