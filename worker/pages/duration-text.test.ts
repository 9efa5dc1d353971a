import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationText } from './duration-text.ts'

for (const [seconds, text] of [
  [0, '0 seconds'],
  [1, '1 second'],
  [119, '119 seconds'],
  [120, '2 minutes'],
  [7_199, '119 minutes'],
  [7_200, '2 hours'],
  [172_800, '2 days'],
] as const) {
  test(`${seconds} s are ${text}`, () => assert.equal(durationText(seconds), text))
}
