import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Root } from '../../snapshot/schema.ts'
import { reduceObject } from '../objects/reduce.ts'
import { createStore, type Store } from '../objects/store.ts'
import { agentDefaults } from '../options.ts'
import { createGuard, type Guard } from './deletion-guard.ts'

type Scene = {
  readonly guard: Guard
  readonly store: Store
  readonly logged: [string, Record<string, unknown>][]
  /** The kinds that were requested to be listed again, in order. */
  readonly relists: string[]
  /** When the last list began. */
  listedMs: number
}

function open(services: number): Scene {
  const store = createStore()
  put(store, 0, services)
  const scene = { store, logged: [] as Scene['logged'], relists: [] as string[], listedMs: 0 }
  const source = {
    synced: Promise.resolve(),
    done: Promise.resolve(),
    store,
    asOfMs: () => 0,
    listedMs: () => scene.listedMs,
    relist: (kind: string) => void scene.relists.push(kind),
    onChange: () => {},
  }
  const warn = (message: string, fields = {}): void => void scene.logged.push([message, fields])
  const guard = createGuard(agentDefaults, { source, log: { info: () => {}, warn } })
  return Object.assign(scene, { guard })
}

function put(store: Store, from: number, to: number): void {
  for (let n = from; n < to; n++) {
    const object = { metadata: { namespace: 'prod', name: `s-${n}` }, spec: { clusterIP: '10.96.0.1' } }
    store.upsert('Service', reduceObject('Service', object, agentDefaults))
  }
}

function remove(store: Store, from: number, to: number): void {
  for (let n = from; n < to; n++) store.remove('Service', `prod/s-${n}`)
}

test('a deletion is held back and logged once a minute, until two lists confirm it', () => {
  const scene = open(60)
  const { guard, store, logged, relists } = scene
  assert.ok(guard.passes(undefined, 0))
  assert.deepEqual(guard.begin(), { Namespace: 0, Service: 60, EndpointSlice: 0, Pod: 0 })
  remove(store, 0, 50)
  for (let nowMs = 1_000; nowMs <= 120_000; nowMs += 1_000) assert.ok(!guard.passes(undefined, nowMs))
  assert.deepEqual(relists, ['Service'])
  assert.deepEqual(
    logged.map(([message, { lost, of }]) => [message, lost, of]),
    [
      ['deletions held back', 50, 60],
      ['deletions held back', 50, 60],
    ],
  )
  scene.listedMs = 120_500
  assert.ok(!guard.passes(undefined, 121_000))
  assert.ok(!guard.passes(undefined, 126_000))
  assert.deepEqual(relists, ['Service', 'Service'])
  scene.listedMs = 126_100
  assert.ok(guard.passes(undefined, 127_000))
  assert.deepEqual(logged.at(-1), ['deletions no longer held back', { because: 'lists agree' }])
  assert.equal(guard.begin().Service, 10)
  assert.ok(guard.passes(undefined, 128_000), 'the confirmed deletion is not held back again')
})

test('a small deletion passes, and so do many that are published one after the other', () => {
  const { guard, store } = open(60)
  guard.begin()
  for (let n = 0; n + 19 < 60; n += 19) {
    remove(store, n, n + 19)
    assert.ok(guard.passes(undefined, n))
    guard.begin()
  }
})

test('after another replica has published, losses are relative to the counts in its root', () => {
  const { guard, store } = open(60)
  const root = { objects: { Namespace: 0, Service: 60, EndpointSlice: 0, Pod: 0 } } as Root
  remove(store, 0, 50)
  guard.begin()
  assert.ok(guard.passes(root, 0))
  guard.forget()
  assert.ok(!guard.passes(root, 0))
})
