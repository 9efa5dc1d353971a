import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readValues } from './inputs.ts'

test('an input that is given or assumed can be changed', () => {
  const { clients, places } = readValues(['clients=1e6'])
  assert.deepEqual([clients, places], [1_000_000, 300])
})

for (const word of [
  'clients',
  'clients=',
  'clients=-1',
  'clients=many',
  'nobody=1',
  'nodeMs=1',
  'placesPerCluster=301',
])
  test(`${word} is refused`, () => assert.throws(() => readValues([word]), RangeError))
