import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultUdpLimits, shareOfUdpLimits, udpAnswerBytes } from './udp-limits.ts'

test('a query without OPT gets 512 bytes; with OPT, what the client accepts from 512 to 1,232', () => {
  assert.equal(udpAnswerBytes(40, undefined, true), 512)
  const sizes = [0, 511, 512, 1_000, 1_232, 4_096, 65_535]
  assert.deepEqual(
    sizes.map((size) => udpAnswerBytes(40, size, true)),
    [512, 512, 512, 1_000, 1_232, 1_232, 1_232],
  )
})

test('a source that may be forged gets at most eight times its query', () => {
  assert.equal(udpAnswerBytes(40, 4_096, false), 320)
  assert.equal(udpAnswerBytes(100, undefined, false), 512)
  assert.equal(udpAnswerBytes(300, 4_096, false), 1_232)
})

test('processes that read the same sockets share the limits; no limit stays none', () => {
  assert.deepEqual(shareOfUdpLimits({}, 1), defaultUdpLimits)
  assert.deepEqual(shareOfUdpLimits({ responsesPerSecond: 3 }, 2), {
    maxWaitingQueries: defaultUdpLimits.maxWaitingQueries / 2,
    responsesPerSecond: 2,
  })
  assert.equal(shareOfUdpLimits({ responsesPerSecond: 0 }, 4).responsesPerSecond, 0)
})
