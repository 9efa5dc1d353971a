import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readServing, readStoreFacts } from './serving-bindings.ts'

test('without a register that serves, agents keep to the limits of KV', () => {
  assert.equal(readServing({}), undefined)
  const facts = { kind: 'cloudflare-kv', minPublishIntervalMs: 10_000, writesPerDay: 1_000 }
  assert.deepEqual(readStoreFacts({}), facts)
  assert.equal(readStoreFacts({ KUBEDOH_WRITES_PER_DAY: '0' }).writesPerDay, null)
})

test('with one, agents publish every two seconds, within the rows of the free plan', () => {
  const serves = { KUBEDOH_REGISTER_SERVES: 'true' }
  assert.deepEqual(readServing(serves), { writesPerDay: 1_000, readsPerDay: 80_000 })
  const facts = { kind: 'cloudflare-kv', minPublishIntervalMs: 2_000, writesPerDay: 6_666 }
  assert.deepEqual(readStoreFacts(serves), facts)
  const paid = {
    ...serves,
    KUBEDOH_ROWS_PER_DAY: '0',
    KUBEDOH_READS_PER_DAY: '0',
    KUBEDOH_WRITES_PER_DAY: '0',
  }
  assert.deepEqual(readServing(paid), { writesPerDay: null, readsPerDay: null })
  assert.equal(readStoreFacts(paid).writesPerDay, null)
  assert.equal(readStoreFacts({ ...serves, KUBEDOH_PUBLISH_INTERVAL_MS: '5000' }).minPublishIntervalMs, 5_000)
})
