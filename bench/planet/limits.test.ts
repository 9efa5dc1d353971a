import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readValues } from './inputs.ts'
import { clustersPerWorker, limitsOf } from './limits.ts'

test('the configuration of one Worker breaks first, at 35 clusters', () => {
  assert.equal(clustersPerWorker(readValues([])), 34)
  const first = (words: readonly string[]) => limitsOf(readValues(words))[0]
  assert.ok((first(['clusters=34', 'clients=340000'])?.used ?? 2) <= 1)
  const broken = first(['clusters=35', 'clients=340000'])
  assert.ok((broken?.used ?? 0) > 1)
  assert.match(broken?.what ?? '', /configuration of one Worker/)
})

test('limits come in the order of their use', () => {
  const used = limitsOf(readValues([])).map((limit) => limit.used)
  assert.deepEqual(
    used,
    used.toSorted((a, b) => b - a),
  )
})
