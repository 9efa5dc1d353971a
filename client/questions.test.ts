import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readQuestions, reverseQuestion } from './questions.ts'

for (const [words, expected] of [
  ['', []],
  ['web.k', ['web.k A']],
  ['web.k aaaa', ['web.k aaaa']],
  ['web.k A TYPE65 33', ['web.k A', 'web.k TYPE65', 'web.k 33']],
  ['web.k api.k SRV', ['web.k A', 'api.k SRV']],
  ['ns A', ['ns A']],
  ['web.k ns.', ['web.k A', 'ns. A']],
] as const) {
  test(`"${words}" asks ${expected.join(', ') || 'nothing'}`, () => {
    const questions = readQuestions(words.split(' ').filter((word) => word !== ''))
    assert.deepEqual(
      questions.map(({ name, type }) => `${name} ${type}`),
      expected,
    )
  })
}

test('a later word without a dot has to be a type', () => {
  assert.throws(() => readQuestions(['web.k', 'AAAAA']), { code: 'OPTION_TYPE', message: /"AAAAA"/ })
})

test('an address is queried by its reverse name', () => {
  assert.deepEqual(reverseQuestion('10.1.2.3'), { name: '3.2.1.10.in-addr.arpa.', type: 'PTR' })
  assert.match(reverseQuestion('fd00::1').name, /^1\.0\.0\.0\..*\.d\.f\.ip6\.arpa\.$/)
  assert.throws(() => reverseQuestion('10.1.2'), { code: 'OPTION_NAME', message: /-x is "10\.1\.2"/ })
})
