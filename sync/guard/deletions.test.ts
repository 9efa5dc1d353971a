import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reduceObject } from '../objects/reduce.ts'
import { createStore, type Store } from '../objects/store.ts'
import { agentDefaults } from '../options.ts'
import { followLosses, type Losses } from './deletions.ts'

function put(store: Store, name: string, spec: object = { clusterIP: '10.96.0.1' }): void {
  const object = { metadata: { namespace: 'prod', name }, spec }
  store.upsert('Service', reduceObject('Service', object, agentDefaults))
}

function services(losses: Losses, published?: Parameters<Losses['since']>[0]): unknown[] {
  const { of, lost, left, keys } =
    losses.since(published).find(({ kind }) => kind === 'Service') ?? assert.fail()
  return [of, lost, left, [...keys].toSorted()]
}

test('deleted objects count as lost if they were published', () => {
  const store = createStore()
  for (const name of ['a', 'b', 'c']) put(store, name)
  const losses = followLosses(store)
  losses.begin()
  assert.deepEqual(services(losses), [3, 0, 3, []])
  store.remove('Service', 'prod/a')
  put(store, 'd')
  store.remove('Service', 'prod/d')
  assert.deepEqual(services(losses), [3, 1, 2, ['prod/a']])
  put(store, 'a')
  assert.deepEqual(services(losses), [3, 0, 3, []])
  store.replace('Service', [])
  assert.deepEqual(services(losses), [3, 3, 0, ['prod/a', 'prod/b', 'prod/c']])
  losses.begin()
  assert.deepEqual(services(losses), [0, 0, 0, []])
})

test('an object that DNS can no longer use is lost, even though it still exists', () => {
  const store = createStore()
  put(store, 'a')
  const losses = followLosses(store)
  losses.begin()
  put(store, 'a', {})
  assert.deepEqual(services(losses), [1, 1, 0, ['prod/a']])
  put(store, 'a', { clusterIP: 'None' })
  assert.deepEqual(services(losses), [1, 0, 1, []])
})

test('losses of objects that another process published follow from its counts', () => {
  const store = createStore()
  put(store, 'a')
  const losses = followLosses(store)
  const published = { Namespace: 0, Service: 40, EndpointSlice: 0, Pod: 0 }
  assert.deepEqual(services(losses, published), [40, 39, 1, []])
  assert.deepEqual(services(losses), [1, 0, 1, []], 'an older root has no counts')
  losses.begin()
  losses.forget()
  assert.deepEqual(services(losses, published), [40, 39, 1, []])
  assert.deepEqual(losses.counts(), { Namespace: 0, Service: 1, EndpointSlice: 0, Pod: 0 })
})

test('after a failed publish, losses are relative to the publish before it', () => {
  const store = createStore()
  for (const name of ['a', 'b', 'c']) put(store, name)
  const losses = followLosses(store)
  losses.begin()
  store.remove('Service', 'prod/a')
  put(store, 'd')
  losses.begin()
  store.remove('Service', 'prod/b')
  store.remove('Service', 'prod/d')
  put(store, 'a')
  losses.undo()
  assert.deepEqual(services(losses), [3, 1, 2, ['prod/b']])
})

test('the largest loss is remembered until the next publish', () => {
  const store = createStore()
  for (const name of ['a', 'b', 'c']) put(store, name)
  const losses = followLosses(store)
  const largest = (): unknown[] => {
    const loss = losses.since(undefined).find(({ kind }) => kind === 'Service') ?? assert.fail()
    return [loss.most, loss.emptied]
  }
  losses.begin()
  store.replace('Service', [])
  put(store, 'a')
  assert.deepEqual(largest(), [3, true])
  losses.begin()
  losses.undo()
  assert.deepEqual(largest(), [3, true], 'a publish that failed changes nothing')
  losses.begin()
  assert.deepEqual(largest(), [0, false])
})
