import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatDuration, formatTime, parseDuration, parseTime } from './times.ts'

test('time spans are a whole number and a unit', () => {
  assert.equal(parseDuration('90s'), 90)
  assert.equal(parseDuration('15m'), 900)
  assert.equal(parseDuration('24h'), 86_400)
  assert.equal(parseDuration('90d'), 90 * 86_400)
  assert.equal(parseDuration('2w'), 14 * 86_400)
  for (const text of ['', '0', '0s', '1', 'h', '-1h', '1.5h', '1h30m', '01h', ' 1h', '1H', '1000000s'])
    assert.equal(parseDuration(text), undefined, text)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999 }), (seconds) => {
      assert.equal(parseDuration(formatDuration(seconds)), seconds)
    }),
  )
})

test('times are RFC 3339 with a zone, of days that exist', () => {
  assert.equal(parseTime('2027-03-01T00:00:00Z'), Date.UTC(2027, 2, 1))
  assert.equal(parseTime('2027-03-01T02:00:00.250+02:00'), Date.UTC(2027, 2, 1) + 250)
  assert.equal(parseTime('2028-02-29T00:00:00Z'), Date.UTC(2028, 1, 29))
  for (const text of [
    ...['2027-02-29T00:00:00Z', '2027-02-30T00:00:00Z', '2027-04-31T00:00:00Z', '2027-03-01T24:00:00Z'],
    ...[
      '2027-03-01',
      '2027-03-01T00:00:00',
      '2027-03-01t00:00:00z',
      '2027-03-01 00:00:00Z',
      '1999-01-01T00:00:00Z',
    ],
    ...['2027-03-01T00:00:60Z', '2027-3-1T00:00:00Z', ''],
  ])
    assert.equal(parseTime(text), undefined, text)
})

test('a time that is printed is read as the same second', () => {
  const range = { min: Date.UTC(2000, 0, 1), max: Date.UTC(2099, 11, 31) }
  fc.assert(
    fc.property(fc.integer(range), (ms) => {
      assert.equal(parseTime(formatTime(ms)), Math.floor(ms / 1000) * 1000)
    }),
  )
})
