import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions, UsageError } from '../option-table.ts'
import { plainDnsOptions, plainDnsWishes } from './plain-dns-options.ts'

function wishes(...args: readonly string[]) {
  return plainDnsWishes(readOptions(plainDnsOptions, args, {}).values)
}

test('without options nothing is listened on', async () => {
  const { listen, limits, readSecrets } = await wishes()
  assert.deepEqual([listen, limits, readSecrets], [[], {}, undefined])
})

test('every --dns-listen is an address', async () => {
  const { listen } = await wishes(
    '--dns-listen',
    '127.0.0.1:53',
    '--dns-listen',
    '[::1]:5353',
    '--dns-listen',
    ':53',
  )
  assert.deepEqual(listen, [
    { host: '127.0.0.1', port: 53 },
    { host: '::1', port: 5353 },
    { host: '::', port: 53 },
  ])
})

test('without a file, each start has a secret of its own', async () => {
  const [one, other] = [await wishes(), await wishes()]
  assert.equal(one.secrets[0].length, 16)
  assert.notDeepEqual(one.secrets, other.secrets)
})

test('the rate of answers is passed on, 0 included', async () => {
  assert.deepEqual((await wishes('--limit-response', '0')).limits, { responsesPerSecond: 0 })
})

for (const [args, message] of [
  [['--dns-listen', '53'], /^--dns-listen is "53", it must be HOST:PORT/],
  [['--dns-listen', ':53', '--dns-listen', ':53'], /^--dns-listen :53 is given twice$/],
  [['--cookie-secret-file', '/none'], /needs --dns-listen/],
  [['--dns-listen', ':53', '--cookie-secret-file', '/none'], /cannot read --cookie-secret-file \/none/],
  [['--limit-response', '1000001'], /it must be 0 to 1000000/],
] as const)
  test(`${args.join(' ')} is refused`, async () => {
    await assert.rejects(
      wishes(...args),
      (error) => error instanceof UsageError && message.test(error.message),
    )
  })
