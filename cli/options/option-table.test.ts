import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions } from './option-table.ts'

const table = {
  'public-key': { kind: 'text', help: '' },
  follower: { kind: 'list', help: '' },
  all: { kind: 'flag', help: '' },
} as const
const read = (...args: readonly string[]) => readOptions(table, args, {}).values

test('a public key may begin with a dash', () => {
  for (const key of [`-${'a'.repeat(42)}`, `--${'B'.repeat(41)}`, `-${'-'.repeat(42)}`])
    assert.deepEqual(read('--public-key', key, '--follower', key, '--follower', key, '--all'), {
      'public-key': key,
      follower: [key, key],
      all: true,
    })
})

test('any other word with a dash is an option', () => {
  for (const args of [
    ['--public-key', '--all'],
    ['--public-key', '-x'],
    [`-${'a'.repeat(42)}`],
    ['--public-key', 'x', `-${'a'.repeat(42)}`],
  ])
    assert.throws(() => read(...args), { code: 'USAGE' }, args.join(' '))
})
