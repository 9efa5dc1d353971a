import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeStates, encodeState, entriesOf, planGarbage, stillLeaving } from './blob-states.ts'

const dayMs = 24 * 60 * 60_000
const minuteMs = 60_000
const stored = (hash: string, sequence: number, text: string) => ({
  subject: `$KV.b.state.c.${hash}`,
  sequence,
  text,
})
const call = { nowMs: 10 + dayMs, most: 10, keepMs: dayMs, isAll: true }

test('states are read as they were written, and other values are left out', () => {
  const states = decodeStates([
    stored('a', 1, encodeState('pending', 5)),
    stored('b', 2, encodeState('written', 6)),
    stored('c', 3, 'something else'),
  ])
  assert.deepEqual(
    [...states],
    [
      ['a', { state: 'pending', sinceMs: 5, sequence: 1 }],
      ['b', { state: 'written', sinceMs: 6, sequence: 2 }],
    ],
  )
})

test('a blob leaves until it is written again after its deletion began', () => {
  const leaving = new Map([['a', { sinceMs: 7, upTo: 4 }]])
  const before = decodeStates([stored('a', 4, 'written 5')])
  const again = decodeStates([stored('a', 5, 'written 8')])
  assert.deepEqual(entriesOf(before, { leaving, floorMs: 0 }).get('a'), { state: 'leaving', sinceMs: 7 })
  assert.deepEqual(entriesOf(new Map(), { leaving, floorMs: 0 }).get('a'), { state: 'leaving', sinceMs: 7 })
  assert.deepEqual(entriesOf(again, { leaving, floorMs: 0 }).get('a'), { state: 'written', sinceMs: 8 })
  assert.deepEqual([...stillLeaving(again, leaving)], [])
})

test('no blob counts as unused since before a root was replaced that could not be read', () => {
  const states = decodeStates([stored('a', 1, 'written 5'), stored('b', 2, 'written 9')])
  const entries = entriesOf(states, { leaving: new Map(), floorMs: 8 })
  assert.deepEqual([entries.get('a')?.sinceMs, entries.get('b')?.sinceMs], [8, 9])
})

test('blobs in use are never chosen, and until the next blob is due nothing is looked for', () => {
  const entries = entriesOf(
    decodeStates([
      stored('used', 1, 'written 0'),
      stored('old', 2, 'written 1'),
      stored('young', 3, 'written 50'),
    ]),
    { leaving: new Map(), floorMs: 0 },
  )
  const names = new Set(['used'])
  assert.deepEqual(planGarbage(entries, names, call).chosen, ['old'])
  entries.delete('old')
  const { chosen, quietUntilMs } = planGarbage(entries, names, call)
  assert.deepEqual([chosen, quietUntilMs], [[], 50 + dayMs])
  const late = planGarbage(entries, names, { ...call, nowMs: 10 })
  assert.equal(late.quietUntilMs, 10 + minuteMs)
  assert.equal(planGarbage(entries, names, { ...call, isAll: false }).quietUntilMs, call.nowMs)
})
