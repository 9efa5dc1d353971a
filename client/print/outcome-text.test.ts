import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Message, readMessage } from '../../dns/message/read-message.ts'
import type { Answer } from '../answer.ts'
import { outcomeLines, sameAnswers } from './outcome-text.ts'

const asked = { name: 'k', type: 'A' }

/** An answer of a server with A records that have this TTL and these last bytes. */
function answer(server: string, ttl: number, ...last: readonly number[]): Answer {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
  const records = last.map((byte) => `c00c00010001${hex(ttl, 8)}00040a0000${hex(byte, 2)}`)
  const bytes = `000185800001${hex(last.length, 4)}00000000016b0000010001${records.join('')}`
  return { message: readMessage(new Uint8Array(Buffer.from(bytes, 'hex'))) as Message, ms: 1, server }
}

const same = [answer('a', 5, 1, 2), answer('b', 3, 2, 1)]
const different = [...same, answer('c', 5, 1, 3)]

test('as dig: the answer once, and the servers with the same one', () => {
  const lines = outcomeLines(asked, sameAnswers(same, 'dig'), 'dig', true).join('\n').split('\n')
  assert.equal(lines.filter((line) => line === 'k.\t\t\t5\tIN\tA\t10.0.0.1').length, 1)
  assert.ok(lines.includes(';; SERVER: a'))
  assert.equal(lines.at(-1), ';; SAME ANSWER: b')
})

test('as dig: the differences to the first answer', () => {
  assert.deepEqual(
    outcomeLines(asked, sameAnswers(different, 'dig'), 'dig', true, '2026-01-01T00:00:00.000Z'),
    [
      ';; WHEN: 2026-01-01T00:00:00.000Z',
      ';; k A: 2 different answers',
      '--- a, b',
      '+++ c',
      '-answer: k. IN A 10.0.0.2',
      '+answer: k. IN A 10.0.0.3',
    ],
  )
})

test('short: the data, or its differences', () => {
  assert.deepEqual(outcomeLines(asked, sameAnswers(same, 'short'), 'short', true), ['10.0.0.1', '10.0.0.2'])
  assert.deepEqual(outcomeLines(asked, sameAnswers(different, 'short'), 'short', true).slice(3), [
    '-10.0.0.2',
    '+10.0.0.3',
  ])
})

test('JSON: the message of one server; of several, groups with their servers', () => {
  const read = (answers: readonly Answer[], several: boolean, time?: string) =>
    outcomeLines(asked, sameAnswers(answers, 'json'), 'json', several, time).map((line) => JSON.parse(line))
  assert.equal(read(same.slice(0, 1), false)[0].Answer.length, 2)
  assert.equal(read(same.slice(0, 1), false, 'now')[0].time, 'now')
  const [compared] = read(different, true)
  assert.equal(compared.same, false)
  assert.deepEqual(
    compared.answers.map(({ servers }: { servers: string[] }) => servers),
    [['a', 'b'], ['c']],
  )
  assert.equal(compared.answers[1].message.Answer[1].data, '10.0.0.3')
  assert.equal(read(same, true)[0].same, true)
})

test('without an answer nothing is printed', () => {
  assert.deepEqual(outcomeLines(asked, [], 'dig', true), [])
})
