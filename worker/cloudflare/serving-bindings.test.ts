import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readServing, readStoreFacts } from './serving-bindings.ts'

const kvAlone = { KUBEDOH_REGISTER_SERVES: 'false' }

test('without a register that serves, agents keep to the limits of KV', () => {
  assert.equal(readServing(kvAlone), undefined)
  const facts = { kind: 'cloudflare-kv', minPublishIntervalMs: 10_000, writesPerDay: 1_000 }
  assert.deepEqual(readStoreFacts(kvAlone), facts)
  assert.equal(readStoreFacts({ ...kvAlone, KUBEDOH_WRITES_PER_DAY: '0' }).writesPerDay, null)
})

test('with one, agents publish every two seconds, within the rows of the free plan', () => {
  assert.deepEqual(readServing({}), { writesPerDay: 1_000, readsPerDay: 80_000 })
  const facts = { kind: 'cloudflare-kv', minPublishIntervalMs: 2_000, writesPerDay: 5_263 }
  assert.deepEqual(readStoreFacts({}), facts)
  const paid = { KUBEDOH_ROWS_PER_DAY: '0', KUBEDOH_READS_PER_DAY: '0', KUBEDOH_WRITES_PER_DAY: '0' }
  assert.deepEqual(readServing(paid), { writesPerDay: null, readsPerDay: null })
  assert.equal(readStoreFacts(paid).writesPerDay, null)
  assert.equal(readStoreFacts({ KUBEDOH_PUBLISH_INTERVAL_MS: '5000' }).minPublishIntervalMs, 5_000)
})
