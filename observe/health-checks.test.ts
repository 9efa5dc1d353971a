import assert from 'node:assert/strict'
import { test } from 'node:test'
import { healthAnswer } from './health-checks.ts'

test('the answer has the format of Kubernetes’ components', () => {
  const good = [{ name: 'ping', problem: () => undefined }]
  const bad = [...good, { name: 'published', problem: () => 'nothing published yet' }]
  assert.deepEqual(healthAnswer('livez', good, false), { status: 200, text: 'ok' })
  assert.deepEqual(healthAnswer('livez', good, true), {
    status: 200,
    text: '[+]ping ok\nlivez check passed\n',
  })
  for (const verbose of [true, false]) {
    assert.deepEqual(healthAnswer('readyz', bad, verbose), {
      status: 503,
      text: '[+]ping ok\n[-]published failed: nothing published yet\nreadyz check failed\n',
    })
  }
})
