import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dashedLabel } from './endpoint-name.ts'

test('the label of an address has the spelling of the cluster', () => {
  const labels = [
    ['10.244.1.7', '10-244-1-7'],
    ['fd00::1', 'fd00--1'],
    ['fd00::', 'fd00--0'],
    ['::', '--0'],
    ['::1', '--1'],
    ['FD00:0:0:0:0:0:0:1', 'FD00-0-0-0-0-0-0-1'],
  ]
  for (const [address = '', label] of labels) assert.equal(dashedLabel(address), label)
})
