import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unpackEndpoints } from '../objects/packed-endpoints.ts'
import { agentDefaults } from '../options.ts'
import { ObjectsError } from './errors.ts'
import { type Needs, parseObjects } from './parse-objects.ts'
import { staticStore } from './static-store.ts'

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } }
const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'prod' } }
const slice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 's', namespace: 'prod' },
}
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0', namespace: 'prod' } }

function parse(text: string, needs?: Needs): ReturnType<typeof parseObjects> {
  return parseObjects([{ name: 'file', text }], needs)
}

function count(text: string): Record<string, unknown> {
  const { passedOver, defaulted: _, ...objects } = parse(text)
  const counts = Object.entries(objects).map(([kind, list]) => [kind, list.length])
  return { ...Object.fromEntries(counts), ...Object.fromEntries(passedOver) }
}

/** The addresses of default/web, ready endpoints where it is headless; undefined if it is not published. */
function web(...texts: readonly string[]): readonly string[] | undefined {
  const objects = parseObjects(texts.map((text, index) => ({ name: `file ${index}`, text })))
  const store = staticStore(objects, agentDefaults)
  const kept = store.get('Service', 'default/web')?.service
  if (!kept || !store.get('Namespace', 'default')) return undefined
  if (kept.kind === 'cluster') return kept.ips
  return [...store.keys('EndpointSlice')].flatMap((key) => {
    const found = store.get('EndpointSlice', key)
    return found ? unpackEndpoints(found.group.endpoints).map(([address]) => address) : []
  })
}

const all = { Namespace: 1, Service: 1, EndpointSlice: 1 }

test('a List in JSON, as printed by kubectl, is read', () => {
  const items = [namespace, service, slice, pod, pod]
  assert.deepEqual(count(JSON.stringify({ apiVersion: 'v1', kind: 'List', items })), { ...all, Pod: 2 })
})

test('typed lists, whose items have no kind, are read', () => {
  const lists = [
    { apiVersion: 'v1', kind: 'NamespaceList', items: [{ metadata: { name: 'prod' } }] },
    { apiVersion: 'v1', kind: 'ServiceList', items: [{ metadata: { name: 'web' } }] },
    { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSliceList', items: [{ metadata: { name: 's' } }] },
    { apiVersion: 'v1', kind: 'PodList', items: [{}, {}] },
  ]
  const expected = { ...all, Namespace: 2, Pod: 2 }
  for (const separator of ['\n---\n', '\n', ''])
    assert.deepEqual(count(lists.map((list) => JSON.stringify(list)).join(separator)), expected)
  assert.deepEqual(count(JSON.stringify(lists)), expected)
})

test('Lists in Lists, and lists without items, are read', () => {
  const inner = { apiVersion: 'v1', kind: 'List', items: [service, slice, null] }
  const empty = { apiVersion: 'v1', kind: 'ServiceList', items: null }
  const outer = { apiVersion: 'v1', kind: 'List', items: [namespace, inner, empty] }
  assert.deepEqual(count(JSON.stringify(outer)), { ...all, Pod: 0 })
})

const coreService =
  '{apiVersion: v1, kind: Service, metadata: {name: web, namespace: default}, spec: {clusterIP: 10.96.7.7}}'
const defaultNamespace = '{apiVersion: v1, kind: Namespace, metadata: {name: default}}'
const foreign: readonly (readonly [string, string])[] = [
  [
    'Service.serving.knative.dev',
    '{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: web, namespace: default}}',
  ],
  [
    'Service.example.com',
    '{apiVersion: example.com/v1, kind: ServiceList, items: [{metadata: {name: web, namespace: default}}]}',
  ],
  ['Namespace.example.com', '{apiVersion: example.com/v1, kind: Namespace, metadata: {name: default}}'],
  ['Pod.example.com', '{apiVersion: example.com/v1, kind: Pod, metadata: {name: web, namespace: default}}'],
  ['EndpointSlice', '{apiVersion: v1, kind: EndpointSlice, metadata: {name: web, namespace: default}}'],
  ['Service without apiVersion', '{kind: Service, metadata: {name: web, namespace: default}}'],
  ['AllowList.example.com', '{apiVersion: example.com/v1, kind: AllowList, spec: {}}'],
]
for (const [label, object] of foreign) {
  test(`${label} is ignored before and after the core Service`, () => {
    for (const documents of [
      [defaultNamespace, coreService, object],
      [object, coreService, defaultNamespace],
    ]) {
      const text = documents.join('\n---\n')
      assert.deepEqual(web(text), ['10.96.7.7'])
      assert.deepEqual([...parse(text).passedOver], [[label, 1]])
    }
  })
}

test('EndpointSlices of the beta API are read', () => {
  const beta = { ...slice, apiVersion: 'discovery.k8s.io/v1beta1' }
  assert.equal(count(JSON.stringify([namespace, beta])).EndpointSlice, 1)
})

function headlessWith(endpoints: string): string {
  return [
    defaultNamespace,
    '{apiVersion: v1, kind: Service, metadata: {name: web, namespace: default}, spec: {clusterIP: None}}',
    `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
endpoints:
${endpoints}`,
  ].join('\n---\n')
}

test('booleans of YAML 1.1 decide readiness as kubectl reads them; quoted ones are never ready', () => {
  const ready = ['yes', 'on', 'y', 'True', 'true', '~', '']
  const notReady = ['no', 'off', 'n', 'False', 'FALSE', '"true"', '"no"', '1', 'maybe']
  const endpoints = [...ready, ...notReady].map(
    (text, index) => `- addresses: ["10.1.1.${index + 1}"]\n  conditions: {ready: ${text}}`,
  )
  assert.deepEqual(
    web(headlessWith(endpoints.join('\n'))),
    ready.map((_, index) => `10.1.1.${index + 1}`),
  )
})

test('objects without namespace are in namespace default, which exists', () => {
  const bare = (namespaceText: string): string =>
    `{apiVersion: v1, kind: Service, metadata: {name: web${namespaceText}}, spec: {clusterIP: 10.96.7.7}}`
  for (const text of ['', ', namespace: ""', ', namespace: null', ', namespace:']) {
    assert.deepEqual(web(`# a\n---\n# b\n---\n${bare(text)}\n---\n---\n`), ['10.96.7.7'])
    assert.equal(parse(bare(text)).defaulted, 1)
  }
})

test('several files are read as one, and a later object replaces an equal one', () => {
  const other = coreService.replace('10.96.7.7', '10.96.7.8')
  assert.deepEqual(web(defaultNamespace, coreService, other), ['10.96.7.8'])
})

test('namespaces that exist by option need no Namespace object', () => {
  const needs = { pods: 'disabled', namespaces: ['prod', 'dev'] } as const
  const names = (text: string): unknown[] =>
    parse(text, needs).Namespace.map((each) => (each as typeof namespace).metadata.name)
  assert.deepEqual(names(JSON.stringify(service)), ['prod', 'dev'])
  assert.deepEqual(names(JSON.stringify(namespace)), ['prod', 'dev'])
})

const broken: [string, string, RegExp][] = [
  [
    'YAML',
    'kind: List\nitems: [\nx: y: z',
    /^file:3:1: cannot be read as YAML or JSON: .*kubectl get namespaces,services/,
  ],
  ['JSON', '{"kind": "List",\n "items": [}', /^file:2:\d+: cannot be read as YAML or JSON/],
  ['a text', 'hello', /^file: document 1 \(line 1\) is not a Kubernetes object: it has no kind/],
  [
    'a later document',
    'apiVersion: v1\nkind: Namespace\n---\n# b\na: 1',
    /^file: document 2 \(line 5\) is not a Kubernetes object/,
  ],
  [
    'an item without kind',
    'kind: List\nitems:\n- {apiVersion: v1, kind: Namespace}\n- {}',
    /^file: document 1 \(line 1\), item 2 is not a Kubernetes object/,
  ],
  ['nothing', '', /^file: no Namespace in it \(found: nothing\)/],
  [
    'no Namespace',
    JSON.stringify({ kind: 'List', items: [service, slice] }),
    /found: Service, EndpointSlice\.discovery\.k8s\.io\).*kubectl get namespaces,.*--namespaced --namespace NAME/,
  ],
]

for (const [name, text, message] of broken) {
  test(`broken: ${name}`, () => {
    assert.throws(
      () => parse(text),
      (error) =>
        error instanceof ObjectsError && error.code === 'OBJECTS_INVALID' && message.test(error.message),
    )
  })
}

test('to verify names of pods, Pods must be among the objects', () => {
  const list = (...items: object[]): string => JSON.stringify({ kind: 'List', items })
  const needs = (pods: Needs['pods']): Needs => ({ pods, namespaces: [] })
  assert.equal(parse(list(namespace, pod), needs('verified')).Pod.length, 1)
  assert.equal(parse(list(namespace), needs('insecure')).Pod.length, 0)
  assert.throws(() => parse(list(namespace, service), needs('verified')), {
    message:
      "file: no Pod in it (found: Namespace, Service), so no pod's name could be answered; make it with: kubectl get namespaces,services,endpointslices,pods -A -o yaml",
  })
})

test('a syntax error has its line and column', () => {
  assert.throws(() => parse('a: ['), { line: 1, column: 5 })
})
