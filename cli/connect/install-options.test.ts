import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions, UsageError } from '../options/option-table.ts'
import { installOptions, installWish } from './install-options.ts'

const wishOf = (...words: readonly string[]): ReturnType<typeof installWish> =>
  installWish(readOptions(installOptions, words, {}).values)

test('the options say what to install, to undo, or nothing', () => {
  assert.equal(wishOf(), 'nothing')
  assert.deepEqual(wishOf('--install'), ['resolver'])
  assert.deepEqual(wishOf('--service', '--yes'), ['service'])
  assert.deepEqual(wishOf('--install', '--service', '--dry-run', '--system', 'dnsmasq'), [
    'resolver',
    'service',
  ])
  assert.equal(wishOf('--uninstall', '--yes'), 'uninstall')
})

test('options that exclude or need each other are refused', () => {
  const bad = [
    ['--uninstall', '--install'],
    ['--uninstall', '--service'],
    ['--service', '--system', 'dnsmasq'],
    ['--yes'],
    ['--dry-run'],
  ]
  for (const words of bad) assert.throws(() => wishOf(...words), UsageError, words.join(' '))
})
