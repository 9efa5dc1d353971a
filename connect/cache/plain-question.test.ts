import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyName, latin1, optRecord, queryBytes, u16s } from '../../dns/arbitrary.case.ts'
import { isRefusal, readQuery } from '../../dns/message/read-query.ts'
import { fold, nameFromText } from '../../dns/name.ts'
import { hasKey, questionKey, readPlainQuestion } from './plain-question.ts'

const name = nameFromText('Web.prod.SVC.cluster.local')
const withOpt = (opt = optRecord()): Uint8Array => queryBytes(name, { counts: [1, 0, 0, 1], tail: opt })

test('spelling, id and EDNS do not change hash and key; name, type and class do', () => {
  const hashOf = (query: Uint8Array): number | undefined => readPlainQuestion(query)?.hash
  const plain = queryBytes(name)
  const same = [queryBytes(fold(name), { id: 7 }), withOpt(), withOpt(optRecord('', [0, 0x8000]))]
  const other = [
    queryBytes(nameFromText('web.prod.svc.cluster.locaL.')).map((byte, at) => (at === 13 ? byte + 1 : byte)),
    // 65 and 97 are an upper and a lower letter, as parts of a name.
    queryBytes(name, { type: 65 }),
    queryBytes(name, { type: 97 }),
    queryBytes(name, { class: 65 }),
  ]
  const key = questionKey(plain, plain.length)
  for (const query of same) {
    assert.equal(hashOf(query), hashOf(plain))
    assert.ok(hasKey(query, readPlainQuestion(query)?.end ?? 0, key))
  }
  for (const query of other) assert.ok(!hasKey(query, readPlainQuestion(query)?.end ?? 0, key))
  assert.equal(new Set([plain, ...other].map(hashOf)).size, 1 + other.length)
})

test('OPT is noticed with its DO bit', () => {
  assert.deepEqual(
    [queryBytes(name), withOpt(), withOpt(optRecord('', [0, 0x8000]))].map((query) => {
      const { hasOpt, dnssecOk } = readPlainQuestion(query) ?? assert.fail()
      return { hasOpt, dnssecOk }
    }),
    [
      { hasOpt: false, dnssecOk: false },
      { hasOpt: true, dnssecOk: false },
      { hasOpt: true, dnssecOk: true },
    ],
  )
})

test('messages of another form are left to readQuery', () => {
  const others: Record<string, Uint8Array> = {
    'no header': new Uint8Array(11),
    'a reply': queryBytes(name, { flags: 0x8100 }),
    'another opcode': queryBytes(name, { flags: 0x2100 }),
    'two questions': queryBytes(name, { counts: [2, 0, 0, 0] }),
    'a record in the answer section': queryBytes(name, { counts: [1, 1, 0, 0], tail: optRecord() }),
    'two additional records': queryBytes(name, { counts: [1, 0, 0, 2], tail: optRecord() + optRecord() }),
    'a name without end': queryBytes(name).subarray(0, 20),
    'a pointer': queryBytes('\xc0\x0c'),
    'no class': queryBytes(name).subarray(0, -1),
    'bytes after the end': queryBytes(name, { tail: 'x' }),
    'bytes after OPT': withOpt(`${optRecord()}x`),
    'OPT of version 1': withOpt(optRecord('', [1, 0])),
    'an option that overruns OPT': withOpt(optRecord(u16s(10, 9))),
  }
  for (const [what, query] of Object.entries(others)) assert.equal(readPlainQuestion(query), undefined, what)
})

test('every query of the plain form is one that readQuery accepts, with the same question', () => {
  const anyBytes = fc.oneof(
    fc
      .tuple(anyName, fc.nat(0xffff), fc.boolean())
      .map(([asked, type, hasOpt]) =>
        queryBytes(asked, hasOpt ? { type, counts: [1, 0, 0, 1], tail: optRecord() } : { type }),
      ),
    fc.uint8Array({ maxLength: 60 }),
    fc.tuple(fc.constant(withOpt()), fc.nat(80), fc.nat(255)).map(([query, at, byte]) => {
      const changed = query.slice()
      changed[at % changed.length] = byte
      return changed
    }),
  )
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const plain = readPlainQuestion(bytes)
      if (!plain) return
      const query = readQuery(bytes)
      assert.ok(!isRefusal(query))
      assert.equal(query.edns !== undefined, plain.hasOpt)
      const { type, class: code } = query.question
      assert.deepEqual(questionKey(bytes, plain.end), latin1(query.name + u16s(type, code)))
    }),
    { numRuns: 2_000 },
  )
})

test('the key of a Buffer is a copy, so that the query keeps its spelling', () => {
  const query = Buffer.from(queryBytes(name))
  const before = Buffer.from(query)
  questionKey(query, query.length)
  assert.deepEqual(query, before)
})
