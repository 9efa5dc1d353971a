import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readValues } from './inputs.ts'
import {
  cloudUse,
  dollarsOf,
  freshness,
  ownMachines,
  pollsPerSecond,
  publishesPerSecond,
  queriesPerSecond,
} from './use.ts'

test('twice the clients ask and cost twice as much where each query is paid', () => {
  const [one, two] = [readValues(['clients=1e8']), readValues(['clients=2e8'])]
  assert.equal(queriesPerSecond(two), 2 * queriesPerSecond(one))
  const paid = (clients: string): number => dollarsOf(cloudUse(readValues([clients]))).requests + 0.3 * 10
  assert.ok(paid('clients=2e8') > 1.99 * paid('clients=1e8') - paid('clients=1'))
})

test('a place that is never asked does not poll, and a busy one polls once per interval', () => {
  assert.equal(pollsPerSecond(readValues([])), 20)
  assert.equal(pollsPerSecond(readValues(['placesPerCluster=300'])), 34.72222222222222)
  assert.ok(pollsPerSecond(readValues(['clients=1e4'])) < 0.01)
})

test('changes within the shortest interval share a publish', () => {
  assert.ok(Math.abs(publishesPerSecond(readValues(['changesPerHour=1'])) * 3600 - 1) < 0.001)
  assert.ok(publishesPerSecond(readValues(['changesPerHour=1e9'])) < 0.5)
})

test('the plan includes the use of a small edge', () => {
  const small = readValues(['clients=10', 'clusters=1', 'places=1', 'placesPerCluster=1', 'changesPerHour=1'])
  assert.equal(dollarsOf(cloudUse(small)).total, 5)
})

test('own machines: one in every place at least, more where the peak needs them', () => {
  assert.equal(ownMachines(readValues(['clients=1']), 0.0161).machines, 300)
  const { cores, machines } = ownMachines(readValues(['clients=1e10']), 0.0161)
  assert.ok(machines * 2 >= cores && machines % 300 === 0 && machines > 300)
})

test('the mean age of a missing change is below its bound', () => {
  const { mean, bound } = freshness(readValues([]))
  assert.deepEqual([mean, bound], [2.5, 6.5])
})
