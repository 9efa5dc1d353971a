import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drainMsOf } from './drain-option.ts'

test('the drain time is as given; by default 5 s, and none on loopback', () => {
  const loopback = { host: '127.0.0.1' }
  const wildcard = { host: '::' }
  assert.equal(drainMsOf({ 'drain-seconds': 0 }, [wildcard]), 0)
  assert.equal(drainMsOf({ 'drain-seconds': 3_600 }, [loopback]), 3_600_000)
  assert.equal(drainMsOf({ 'drain-seconds': undefined }, [loopback, wildcard]), 5_000)
  assert.equal(drainMsOf({ 'drain-seconds': undefined }, [loopback]), 0)
  assert.throws(
    () => drainMsOf({ 'drain-seconds': 3_601 }, []),
    /--drain-seconds is 3601, it must be 0 to 3600/,
  )
})
