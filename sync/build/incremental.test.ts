import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseSelector } from '../objects/label-selector.ts'
import { reduceObject } from '../objects/reduce.ts'
import type { ObjectKind } from '../objects/skipped.ts'
import { createStore, type Store } from '../objects/store.ts'
import { agentDefaults } from '../options.ts'
import { closedPolicy, type Policy, type ScopeSelector, type TokenEntry } from '../policy/policy.ts'
import { type Builder, type BuildOptions, build, createBuilder, type Snapshot } from './snapshot.ts'

/* A builder that followed every change must build the same snapshot as a new one. */

const reduceOptions = { ...agentDefaults, namespaceLabels: parseSelector('!dark'), policy: 'given' } as const
const namespaces = fc.constantFrom('prod', 'dev')
const names = fc.constantFrom('a', 'b', 'c')
const address = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 4 }))
    .map(([net, host]) => `10.0.${net}.${host}`),
  fc.integer({ min: 1, max: 4 }).map((host) => `8.8.8.${host}`),
  fc.integer({ min: 0, max: 3 }).map((net) => `fd00::${net}:1`),
  fc.constant('not an address'),
)
const writers = fc.constantFrom(
  {},
  { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
)
const labels = { 'kubernetes.io/service-name': 'x' }

type Step =
  | { readonly put: ObjectKind; readonly object: object }
  | { readonly gone: ObjectKind; readonly key: string }
  | { readonly list: ObjectKind; readonly objects: readonly object[] }
  | { readonly policy: number }
  | 'build'

const objects: Readonly<Record<ObjectKind, fc.Arbitrary<object>>> = {
  Namespace: fc
    .tuple(
      namespaces,
      fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
      fc.constantFrom('a', 'b'),
    )
    .map(([name, dark, team]) => ({ metadata: { name, labels: dark ? { dark: 'yes', team } : { team } } })),
  Service: fc
    .tuple(
      namespaces,
      names,
      fc.oneof(
        fc.constant({ clusterIP: 'None' }),
        fc.constant({ clusterIP: 'None', selector: { app: 'x' } }),
        fc.constant({ type: 'ExternalName', externalName: 'b.dev.svc.cluster.local' }),
        address.map((clusterIP) => ({ clusterIP, ports: [{ name: 'http', port: 80 }] })),
      ),
    )
    .map(([namespace, name, spec]) => ({ metadata: { namespace, name }, spec })),
  EndpointSlice: fc
    .tuple(namespaces, names, names, fc.array(fc.tuple(address, fc.boolean()), { maxLength: 5 }), writers)
    .map(([namespace, name, service, ends, writer]) => ({
      metadata: {
        namespace,
        name,
        labels: { ...labels, ...writer, 'kubernetes.io/service-name': service },
      },
      endpoints: ends.map(([each, ready]) => ({ addresses: [each], conditions: { ready } })),
    })),
  Pod: fc
    .tuple(namespaces, names, address)
    .map(([namespace, name, podIP]) => ({ metadata: { namespace, name }, status: { podIP } })),
}
const kinds = Object.keys(objects) as ObjectKind[]

const labelled = (text: string): ScopeSelector => ({
  ...{ kind: 'namespaceLabels', selector: parseSelector(text), text },
})
const token = (letter: string, scope: ScopeSelector): TokenEntry => ({
  ...{ name: letter, hash: letter.repeat(43), scope, notBeforeMs: 0, expiresMs: null },
  ...{ doors: ['path', 'bearer'], forward: false },
})

/** The policies of a source, one after another; undefined: none. */
const policies: readonly (Policy | undefined)[] = [
  undefined,
  closedPolicy,
  { ...closedPolicy, tokens: [token('A', labelled('team=a')), token('M', { kind: 'all' })] },
  {
    ...closedPolicy,
    tokens: [token('A', labelled('team in (a, b)')), token('Q', { kind: 'namespaces', names: ['x', 'dev'] })],
    anonymous: labelled('!team'),
  },
]

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.oneof(...kinds.map((put) => objects[put].map((object): Step => ({ put, object })))),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...kinds), namespaces, names).map(
      ([gone, namespace, name]): Step => ({
        gone,
        key: gone === 'Namespace' ? namespace : `${namespace}/${name}`,
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      ...kinds.map((list) =>
        fc.array(objects[list], { maxLength: 6 }).map((all): Step => ({ list, objects: all })),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: policies.length - 1 }).map((policy): Step => ({ policy })),
  },
  { weight: 4, arbitrary: fc.constant<Step>('build') },
)

function apply(store: Store, at: Exclude<Step, 'build' | { readonly policy: number }>): void {
  if ('put' in at) store.upsert(at.put, reduceObject(at.put, at.object, reduceOptions))
  else if ('gone' in at) store.remove(at.gone, at.key)
  else
    store.replace(
      at.list,
      at.objects.map((object) => reduceObject(at.list, object, reduceOptions)),
    )
}

async function shown(snapshot: Snapshot): Promise<object> {
  const { content, blobs, skipped, counts } = snapshot
  const texts = Array.from(blobs, ([hash, text]) => `${hash} ${text()}`).toSorted()
  return { content, texts, skipped: skipped.map((each) => JSON.stringify(each)).toSorted(), counts }
}

/** Asserts that a builder that followed each step builds the same as a new one. */
async function compare(
  builder: Builder,
  store: Store,
  options: BuildOptions,
  policy: Policy | undefined,
): Promise<void> {
  const bits = { services: 1, endpoints: 2 }
  const given = policy && { policy, published: null }
  const followed = await shown(await builder.build(bits, given))
  assert.deepEqual(followed, await shown(await build(store, options, bits, given)))
}

const variants: readonly BuildOptions[] = [
  { ...agentDefaults, static: false, pods: 'verified' },
  { ...agentDefaults, static: false, ignoreEmptyServices: true, endpointNames: false },
  { ...agentDefaults, static: false, pods: 'verified', namespaces: ['prod'] },
]

test('after any sequence of changes, a builder builds the same snapshot as a new one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...variants),
      fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }),
      async (options, steps) => {
        const store = createStore()
        const builder = createBuilder(store, options)
        let policy: Policy | undefined
        for (const each of steps) {
          if (each === 'build') await compare(builder, store, options, policy)
          else if ('policy' in each) policy = policies[each.policy]
          else apply(store, each)
        }
        await compare(builder, store, options, policy)
      },
    ),
    { numRuns: 300 },
  )
})

test('a change encodes only the shards that it touches', async () => {
  const options = variants[0] ?? assert.fail()
  const store = createStore()
  const builder = createBuilder(store, options)
  apply(store, { put: 'Namespace', object: { metadata: { name: 'prod' } } })
  const put = (n: number, host: number): void => {
    const metadata = { namespace: 'prod', name: `s-${n}` }
    apply(store, { put: 'Service', object: { metadata, spec: { clusterIP: 'None' } } })
    const of = { ...metadata, labels: { 'kubernetes.io/service-name': `s-${n}` } }
    const endpoints = [{ addresses: [`10.1.${n % 50}.${host}`] }, { addresses: [`10.2.${n % 50}.1`] }]
    apply(store, { put: 'EndpointSlice', object: { metadata: of, endpoints } })
  }
  for (let n = 0; n < 2000; n++) put(n, 1 + Math.floor(n / 50))
  const bits = { services: 4, endpoints: 0 }
  const first = await builder.build(bits)
  put(7, 200)
  const second = await builder.build(bits)
  // The service's shard, and the /24 of the changed address.
  assert.equal([...second.blobs.keys()].filter((hash) => !first.blobs.has(hash)).length, 2)
  const [of = ''] = second.content.services.shards.filter(
    (hash, at) => hash !== first.content.services.shards[at],
  )
  const same = [...second.blobs].filter(([hash]) => hash !== of && first.blobs.has(hash))
  for (const [hash, text] of same) {
    const before = first.blobs.get(hash)
    // The same function as before: the shard was not encoded again.
    assert.equal(text, before)
  }
})

test('a build after a change of endpoints does not encode the policy again', async () => {
  const options = variants[0] ?? assert.fail()
  const store = createStore()
  const builder = createBuilder(store, options)
  apply(store, { put: 'Namespace', object: { metadata: { name: 'prod', labels: { team: 'a' } } } })
  const given = { policy: policies[3], published: null }
  const bits = { services: 0, endpoints: 0 }
  const first = await builder.build(bits, given)
  const metadata = { namespace: 'prod', name: 'web' }
  apply(store, { put: 'Service', object: { metadata, spec: { clusterIP: '10.0.0.1' } } })
  const second = await builder.build(bits, given)
  assert.notDeepEqual(second.content.services, first.content.services)
  assert.equal(second.content.policy, first.content.policy, 'the same object')
  const hash = second.content.policy?.head ?? assert.fail()
  assert.equal(second.blobs.get(hash), first.blobs.get(hash), 'the same function')
})
