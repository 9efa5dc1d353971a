import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Message, readMessage } from '../dns/message/read-message.ts'
import type { Outcome } from './ask-endpoints.ts'
import { watchOutcomes } from './watch-outcomes.ts'

/** An answer with one A record of this TTL and last byte; without it, SERVFAIL. */
function outcome(ttl?: number, last = 1): Outcome {
  const [counts, record] =
    ttl === undefined
      ? ['0000', '']
      : [
          '0001',
          `c00c00010001${ttl.toString(16).padStart(8, '0')}00040a0000${last.toString(16).padStart(2, '0')}`,
        ]
  const bytes = Buffer.from(`000181820001${counts}00000000016b0000010001${record}`, 'hex')
  const message = readMessage(new Uint8Array(bytes)) as Message
  return { answers: [{ message, ms: 1, server: 'test' }], failures: [] }
}

/** Watches while outcomes are left → those reported, and the times slept (ms). */
async function watched(outcomes: readonly Outcome[], everySeconds?: number) {
  const ending = new AbortController()
  const changes: Outcome[] = []
  const slept: number[] = []
  const left = [...outcomes]
  await watchOutcomes({
    ask: async () => left.shift() ?? assert.fail('asked after the end'),
    contentOf: ({ answers }) => String(answers[0]?.message.bytes.at(-1)),
    onChange: (one) => changes.push(one),
    everySeconds,
    sleep: async (ms) => {
      slept.push(ms)
      if (left.length === 0) ending.abort()
    },
    signal: ending.signal,
  })
  return { changes, slept }
}

test('the first outcome and each changed one are reported', async () => {
  const outcomes = [outcome(5, 1), outcome(4, 1), outcome(5, 2), outcome(5, 1)]
  const { changes } = await watched(outcomes)
  assert.deepEqual(changes, [outcomes[0], outcomes[2], outcomes[3]])
})

test('the next query is sent after the TTL, within 1 and 300 s; after 5 s without a TTL', async () => {
  const { slept } = await watched([outcome(30), outcome(0), outcome(86_400), outcome()])
  assert.deepEqual(slept, [30_000, 1_000, 300_000, 5_000])
})

test('the next query is sent after the given time', async () => {
  assert.deepEqual((await watched([outcome(30), outcome()], 2)).slept, [2_000, 2_000])
})

test('nothing is reported after the signal', async () => {
  const ending = new AbortController()
  await watchOutcomes({
    ask: async () => {
      ending.abort()
      return outcome(5)
    },
    contentOf: () => '',
    onChange: () => assert.fail('reported'),
    everySeconds: undefined,
    sleep: () => assert.fail('slept'),
    signal: ending.signal,
  })
})
