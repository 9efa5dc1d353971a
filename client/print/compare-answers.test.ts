import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Message, readMessage } from '../../dns/message/read-message.ts'
import type { Answer } from '../answer.ts'
import { comparableLines, differingLines, groupAnswers } from './compare-answers.ts'

const question = '03 776562 01 6b 00 0001 0001'

/** Bytes in hex digits → the message. */
function messageOf(text: string): Message {
  const message = readMessage(new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex')))
  assert.ok(!('broken' in message), JSON.stringify(message))
  return message
}

/** A reply with A records of these TTLs and last bytes. */
function addresses(
  records: readonly (readonly [ttl: number, last: number])[],
  id = 1,
  flags = '8580',
): Message {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
  const lines = records.map(([ttl, last]) => `c00c 0001 0001 ${hex(ttl, 8)} 0004 0a0000${hex(last, 2)}`)
  return messageOf(
    `${hex(id, 4)} ${flags} 0001 ${hex(records.length, 4)} 0000 0000 ${question} ${lines.join('')}`,
  )
}

test('ID, order and TTL do not count', () => {
  const lines = comparableLines(
    addresses([
      [5, 1],
      [5, 2],
    ]),
  )
  assert.deepEqual(lines, [
    'status: NOERROR',
    'flags: qr aa rd ra',
    'answer: web.k. IN A 10.0.0.1',
    'answer: web.k. IN A 10.0.0.2',
  ])
  assert.deepEqual(
    comparableLines(
      addresses(
        [
          [3, 2],
          [4, 1],
        ],
        77,
      ),
    ),
    lines,
  )
})

test('status, flags, data and the number of records count', () => {
  const lines = comparableLines(addresses([[5, 1]]))
  for (const other of [
    addresses([[5, 2]]),
    addresses([
      [5, 1],
      [5, 1],
    ]),
    addresses([]),
    addresses([[5, 1]], 1, '8180'),
    addresses([[5, 1]], 1, '8583'),
  ])
    assert.notDeepEqual(comparableLines(other), lines)
})

test('an age does not count: in the TXT record of _snapshot, and in the text of an extended error', () => {
  const txt = (strings: string): Message => {
    const length = (strings.length / 2).toString(16).padStart(4, '0')
    return messageOf(`0001 8580 0001 0001 0000 0000 ${question} c00c 0010 0001 00000000 ${length} ${strings}`)
  }
  const text = (...strings: string[]): string =>
    strings.map((one) => one.length.toString(16).padStart(2, '0') + Buffer.from(one).toString('hex')).join('')
  assert.deepEqual(
    comparableLines(txt(text('generation=7', 'age=9s'))),
    comparableLines(txt(text('generation=7', 'age=12s'))),
  )
  assert.notDeepEqual(
    comparableLines(txt(text('generation=7', 'age=9s'))),
    comparableLines(txt(text('generation=8', 'age=9s'))),
  )
  const error = (code: string, letter: string): Message =>
    messageOf(
      `0001 8580 0001 0000 0000 0001 ${question} 00 0029 04d0 00000000 0007 000f 0003 ${code} ${letter}`,
    )
  assert.deepEqual(comparableLines(error('0003', '61')), comparableLines(error('0003', '62')))
  assert.notDeepEqual(comparableLines(error('0003', '61')), comparableLines(error('0016', '61')))
})

test('groups are in the order of their first answers', () => {
  const [one, two, three] = ['one', 'two', 'three'].map(
    (server, index): Answer => ({ message: addresses([[5, index % 2]]), ms: 1, server }),
  )
  assert.ok(one && two && three)
  const groups = groupAnswers([one, two, three], ({ message }) => comparableLines(message))
  assert.deepEqual(
    groups.map(({ answers }) => answers.map(({ server }) => server)),
    [['one', 'three'], ['two']],
  )
})

test('differing lines: each line as often as the other list does not have it', () => {
  assert.deepEqual(differingLines(['a', 'b', 'b'], ['b', 'c']), ['-a', '-b', '+c'])
  assert.deepEqual(differingLines(['a'], ['a']), [])
})
