import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { anyName } from './arbitrary.case.ts'
import { CLASS } from './code.ts'
import { isRefusal, readQuery } from './read-query.ts'
import { strictDecode } from './strict-decode.case.ts'
import { writeAsk } from './write-query.ts'

test('property: a query asks the question, and has nothing besides but padding to whole blocks', () => {
  fc.assert(
    fc.property(anyName, fc.nat(65_535), fc.boolean(), fc.boolean(), (asked, type, dnssecOk, cd) => {
      const bytes = writeAsk({ asked, type, class: CLASS.IN }, { dnssecOk, checkingDisabled: cd })
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

test('property: this edge would take the query itself', () => {
  fc.assert(
    fc.property(anyName, fc.boolean(), fc.boolean(), (asked, dnssecOk, checkingDisabled) => {
      const query = readQuery(writeAsk({ asked, type: 1, class: CLASS.IN }, { dnssecOk, checkingDisabled }))
      assert.ok(!isRefusal(query))
      assert.deepEqual(
        [query.question.asked, query.edns?.dnssecOk, query.checkingDisabled, query.recursionDesired],
        [asked, dnssecOk, checkingDisabled, true],
      )
    }),
  )
})
