import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyName } from '../arbitrary.case.ts'
import { isRefusal, readQuery } from './read-query.ts'
import { strictDecode } from './strict-decode.case.ts'
import { writeQuery } from './write-query.ts'

test('property: a padded query has the question, OPT and padding to whole blocks, and nothing else', () => {
  fc.assert(
    fc.property(anyName, fc.nat(65_535), fc.boolean(), fc.boolean(), (asked, type, dnssecOk, cd) => {
      const bytes = writeQuery(asked, type, { checkingDisabled: cd, edns: { dnssecOk, padded: true } })
      assert.equal(bytes.length % 128, 0)
      assert.ok(bytes.length - 128 < 12 + asked.length + 4 + 11 + 4, 'a block too many')
      const read = strictDecode(bytes)
      assert.equal(read.id, 0)
      assert.equal(read.flags, cd ? 0x0110 : 0x0100)
      assert.deepEqual(read.questions, [{ name: asked, type, class: 1 }])
      const [answers, authority, [opt, ...others]] = read.sections
      assert.deepEqual([answers, authority, others], [[], [], []])
      assert.deepEqual([opt?.owner, opt?.type, opt?.class], ['\0', 41, 1_232])
      assert.equal(opt?.ttl, dnssecOk ? 0x8000 : 0)
      const [option, padding, ...more] = opt?.rdata ?? []
      assert.deepEqual([option, more], [12, []])
      assert.match(String(padding), /^\0*$/)
    }),
  )
})

test('property: the reader of queries accepts every query', () => {
  fc.assert(
    fc.property(anyName, fc.boolean(), fc.boolean(), (asked, dnssecOk, checkingDisabled) => {
      const query = readQuery(writeQuery(asked, 1, { checkingDisabled, edns: { dnssecOk } }))
      assert.ok(!isRefusal(query))
      assert.deepEqual(
        [query.question.asked, query.edns?.dnssecOk, query.checkingDisabled, query.recursionDesired],
        [asked, dnssecOk, checkingDisabled, true],
      )
    }),
  )
})

test('without EDNS a query ends after its question; without padding its OPT is empty', () => {
  const name = '\x03web\x00'
  const bare = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0x77, 0x65, 0x62, 0, 0, 28, 0, 1]
  assert.deepEqual([...writeQuery(name, 28)], bare)
  const withOpt = [...bare.with(11, 1), 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]
  assert.deepEqual([...writeQuery(name, 28, { edns: {} })], withOpt)
})

test('a name that is not absolute throws', () => {
  assert.throws(() => writeQuery('\x03web', 1), RangeError)
})
