import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  clusterConfig,
  emptyContent,
  get,
  rootOf,
  startMs,
  startTestEdge,
  storeSnapshot,
} from '../edge.case.ts'
import { snapshotStatuses } from './snapshot-status.ts'

const ask = get('/dns-query?name=cluster.local&type=SOA')

test('the state of a snapshot follows its age; without one there is only the last refusal', async () => {
  const { edge, kv, clock, send } = startTestEdge([clusterConfig({})])
  const none = {
    cluster: 'test',
    state: 'none',
    generation: undefined,
    asOfMs: undefined,
    lastRefusal: undefined,
  }
  assert.deepEqual(snapshotStatuses(edge), [none])
  await storeSnapshot(kv, rootOf({ domain: 'other.example' }))
  await send(ask)
  assert.deepEqual(snapshotStatuses(edge), [{ ...none, lastRefusal: 'ROOT_DOMAIN' }])
  await storeSnapshot(kv, rootOf())
  clock.advance(2_000)
  await send(ask)
  const held = { ...none, generation: startMs, asOfMs: startMs }
  const [fresh] = snapshotStatuses(edge)
  assert.deepEqual({ ...fresh, lastRefusal: undefined }, { ...held, state: 'fresh' })
  clock.advance(emptyContent.staleAfterMs)
  assert.equal(snapshotStatuses(edge)[0]?.state, 'stale')
  clock.advance(emptyContent.expiresAfterMs)
  assert.equal(snapshotStatuses(edge)[0]?.state, 'expired')
})
