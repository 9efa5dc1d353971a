import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterConfig } from '../../worker/edge.case.ts'
import { bucketOf, cellsFor, durationBounds } from './cells.ts'

test('a time is in the bucket with the smallest bound that is not below it', () => {
  for (const ms of [0, 0.01, 1 / 32, 0.04, 0.0625, 0.1, 1, 1.001, 3, 8, 100, 4_096, 8_192, 8_193, 1e12]) {
    const expected = durationBounds.findIndex((bound) => ms / 1000 <= bound)
    assert.equal(bucketOf(ms), expected < 0 ? durationBounds.length : expected, `${ms} ms`)
  }
})

test('no two metrics share a cell, and all cells are used', () => {
  const { blocks, size } = cellsFor({ clusters: [clusterConfig({})] })
  const used = Object.values(blocks).flatMap(({ base, axes, width }) => {
    const length = axes.reduce((product, values) => product * values.length, width)
    return Array.from({ length }, (_, index) => base + index)
  })
  assert.equal(new Set(used).size, size)
  assert.equal(used.length, size)
})
