import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions, UsageError } from '../options/option-table.ts'
import { installOptions, installWish, searchDomains } from './install-options.ts'

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
    ['--service', '--search', 'svc.cluster.local'],
    ['--yes'],
    ['--dry-run'],
  ]
  for (const words of bad) assert.throws(() => wishOf(...words), UsageError, words.join(' '))
})

test('search domains are folded, and other texts refused', () => {
  assert.deepEqual(searchDomains({ search: ['Default.svc.Cluster.local.', 'svc.cluster.local'] }), [
    'default.svc.cluster.local',
    'svc.cluster.local',
  ])
  for (const text of ['', '.', 'a b', 'x..y', '~cluster.local', 'a\nnameserver 192.0.2.1'])
    assert.throws(() => searchDomains({ search: [text] }), UsageError, text)
})
