import { latin1, optRecord, queryBytes, u16s } from '../arbitrary.case.ts'
import { nameFromText, root } from '../name.ts'

const name = nameFromText('Web.Default.svc.cluster.local')
const withOpt = (...parameters: Parameters<typeof optRecord>): Uint8Array =>
  queryBytes(name, { counts: [1, 0, 0, 1], tail: optRecord(...parameters) })

/** A record of class IN with the given rdata. */
export function record(owner: string, type: number, rdata = ''): string {
  return owner + u16s(type, 1, 0, 0, rdata.length) + rdata
}

/** A label of 63 bytes, after its length byte. */
export const longestLabel: string = `\x3f${'a'.repeat(63)}`

/** Queries that are FORMERR, one fault each, and whether their question can still be read. */
export const malformed: readonly (readonly [
  what: string,
  bytes: Uint8Array,
  question: 'question' | 'none',
])[] = [
  ['no question', queryBytes(name, { counts: [0, 0, 0, 0] }), 'none'],
  ['two questions', queryBytes(name, { counts: [2, 0, 0, 0], tail: name + u16s(1, 1) }), 'none'],
  ['65,535 questions', queryBytes(name, { counts: [65_535, 0, 0, 0] }), 'none'],
  ['a pointer into the header', queryBytes('\x01a\xc0\x00'), 'none'],
  ['a pointer forwards', queryBytes('\x01a\xc0\xff'), 'none'],
  ['label type 10', queryBytes(`\x80${'a'.repeat(64)}\0`), 'none'],
  ['a name of 256 bytes', queryBytes(`${longestLabel.repeat(3)}\x3e${'b'.repeat(62)}\0`), 'none'],
  ['a name of very many labels', queryBytes(`${'\x01a'.repeat(128)}\0`), 'none'],
  ['a name without end', latin1(u16s(1, 0, 1, 0, 0, 0)), 'none'],
  ['a label cut short', latin1(`${u16s(1, 0, 1, 0, 0, 0)}\x05abc`), 'none'],
  ['no root', latin1(`${u16s(1, 0, 1, 0, 0, 0)}\x03abc`), 'none'],
  ['no type', latin1(`${u16s(1, 0, 1, 0, 0, 0)}\x03abc\0`), 'none'],
  ['no class', latin1(`${u16s(1, 0, 1, 0, 0, 0)}\x03abc\0\0\x01`), 'none'],
  ['half a class', latin1(`${u16s(1, 0, 1, 0, 0, 0)}\x03abc\0\0\x01\0`), 'none'],
  ['a byte behind the end', queryBytes(name, { tail: '\0' }), 'question'],
  ['a whole message behind the end', queryBytes(name, { tail: 'x'.repeat(300) }), 'question'],
  ['an answer that is not there', queryBytes(name, { counts: [1, 1, 0, 0] }), 'question'],
  [
    '65,535 records that are not there',
    queryBytes(name, { counts: [1, 65_535, 65_535, 65_535] }),
    'question',
  ],
  ['a record cut in its name', queryBytes(name, { counts: [1, 0, 0, 1], tail: '\x03ab' }), 'question'],
  ['a record cut in its pointer', queryBytes(name, { counts: [1, 0, 0, 1], tail: '\xc0' }), 'question'],
  [
    'a record cut in its fields',
    queryBytes(name, { counts: [1, 0, 0, 1], tail: '\0\0\x01\0\x01' }),
    'question',
  ],
  [
    'rdata cut short',
    queryBytes(name, { counts: [1, 0, 0, 1], tail: record(root, 1, '1234').slice(0, -1) }),
    'question',
  ],
  [
    'a record of an unknown label type',
    queryBytes(name, { counts: [1, 0, 0, 1], tail: record('\x80', 1) }),
    'question',
  ],
  ['OPT in the answer', queryBytes(name, { counts: [1, 1, 0, 0], tail: optRecord() }), 'question'],
  ['OPT in the authority', queryBytes(name, { counts: [1, 0, 1, 0], tail: optRecord() }), 'question'],
  ['OPT twice', queryBytes(name, { counts: [1, 0, 0, 2], tail: optRecord() + optRecord() }), 'question'],
  ['OPT below a name', withOpt('', [0, 0], '\x01a\0'), 'question'],
  ['OPT at a pointer', withOpt('', [0, 0], '\xc0\x0c'), 'question'],
  ['an option cut in its head', withOpt('\0\x0c\0'), 'question'],
  ['an option cut in its data', withOpt(`${u16s(12, 4)}abc`), 'question'],
  ['an option of 65,535 bytes', withOpt(u16s(12, 65_535)), 'question'],
  ['a pointer to itself', queryBytes('\xc0\x0c'), 'none'],
  ['two pointers to each other', queryBytes('\xc0\x0e\xc0\x0c'), 'none'],
  ['a pointer behind a label, back to that label', queryBytes('\x01a\xc0\x0c'), 'none'],
  ['a pointer to the end', queryBytes('\x01a\xc0\x13'), 'none'],
  ['half a pointer', latin1(`${u16s(1, 0, 1, 0, 0, 0)}\x01a\xc0`), 'none'],
  ['an extended label (RFC 2673)', queryBytes('\x41\x08\xff\0'), 'none'],
  ['a label of 64 bytes', queryBytes(`\x40${'a'.repeat(64)}\0`), 'none'],
  ['nothing behind the header', latin1(u16s(1, 0, 1, 0, 0, 0)), 'none'],
  ['a question and an OPT record that is not counted', queryBytes(name, { tail: optRecord() }), 'question'],
  ['an OPT record counted and not there', queryBytes(name, { counts: [1, 0, 0, 1] }), 'question'],
  ['an OPT record counted twice', queryBytes(name, { counts: [1, 0, 0, 2], tail: optRecord() }), 'question'],
  [
    'rdata of 65,535 bytes',
    queryBytes(name, { counts: [1, 0, 0, 1], tail: root + u16s(41, 1232, 0, 0, 65_535) }),
    'question',
  ],
  [
    'rdata one byte longer than it is',
    queryBytes(name, { counts: [1, 0, 0, 1], tail: root + u16s(41, 1232, 0, 0, 5, 12, 0) }),
    'question',
  ],
  [
    'rdata one byte shorter than it is',
    queryBytes(name, { counts: [1, 0, 0, 1], tail: root + u16s(41, 1232, 0, 0, 3, 12, 0) }),
    'question',
  ],
]
