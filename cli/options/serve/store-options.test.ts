import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { UsageError } from '../option-table.ts'
import { storePlace } from './store-options.ts'

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-store-options-'))
})
after(() => rm(dir, { recursive: true }))

const none = { 'store-bucket': undefined, 'store-replicas': undefined, 'store-login': undefined }
const given = (values: Partial<Parameters<typeof storePlace>[0]>): ReturnType<typeof storePlace> =>
  storePlace({ store: undefined, ...none, 'store-ca': undefined, ...values })

let files = 0
async function fileOf(text: string, mode = 0o600): Promise<string> {
  const file = join(dir, `login-${files++}`)
  await writeFile(file, text, { mode })
  return file
}

test('addresses are servers of one store, with the port of NATS by default', async () => {
  assert.equal(await given({}), undefined)
  const place = await given({ store: 'nats://a.example.com:1,127.0.0.1,[::1]:4223' })
  const servers = ['a.example.com:1', '127.0.0.1:4222', '[::1]:4223']
  assert.deepEqual(place, {
    servers,
    tls: undefined,
    login: undefined,
    bucket: 'kubedoh',
    replicas: undefined,
  })
  const ca = await fileOf('PEM')
  const withTls = await given({
    store: 'tls://a',
    'store-ca': ca,
    'store-bucket': 'x_1-Y',
    'store-replicas': 3,
  })
  assert.deepEqual([withTls?.tls, withTls?.bucket, withTls?.replicas], [{ ca: 'PEM' }, 'x_1-Y', 3])
  assert.deepEqual((await given({ store: 'tls://a' }))?.tls, { ca: undefined })
})

for (const [what, values, message] of [
  ['another scheme', { store: 'http://a:1' }, /must be nats:\/\/ or tls:\/\//],
  ['no address', { store: 'nats://' }, /with addresses HOST:PORT/],
  ['an empty address', { store: 'nats://a:1,' }, /with addresses HOST:PORT/],
  ['a path', { store: 'nats://a:1/b' }, /with addresses HOST:PORT/],
  ['a port that does not exist', { store: 'nats://a:70000' }, /with addresses HOST:PORT/],
  ['a bucket with a dot', { store: 'nats://a', 'store-bucket': 'a.b' }, /--store-bucket is "a\.b"/],
  ['two replicas', { store: 'nats://a', 'store-replicas': 2 }, /must be 1, 3 or 5/],
  ['an authority without TLS', { store: 'nats://a', 'store-ca': 'ca.pem' }, /needs --store tls:\/\//],
  ['a bucket without a store', { 'store-bucket': 'a' }, /--store-bucket needs --store/],
] as const)
  test(`${what} is a fault of the command line`, async () => {
    await assert.rejects(given(values), { code: 'USAGE', message })
  })

test('a password in the address is refused, and no message repeats it', async () => {
  await assert.rejects(
    given({ store: 'nats://me:hunter2@a:1' }),
    (error) =>
      error instanceof UsageError &&
      error.message.includes('--store-login') &&
      !error.message.includes('hunter2'),
  )
})

test('a login is a credentials file, a user with a password, or a token', async () => {
  const login = async (text: string) =>
    (await given({ store: 'nats://a', 'store-login': await fileOf(text) }))?.login
  const credentials = '-----BEGIN NATS USER JWT-----\nx\n------END NATS USER JWT------\n'
  assert.deepEqual(await login(credentials), { kind: 'credentials', text: credentials })
  assert.deepEqual(await login('me:pass:word\n'), { kind: 'user', user: 'me', password: 'pass:word' })
  assert.deepEqual(await login('\ns3cret\n'), { kind: 'token', token: 's3cret' })
  for (const text of ['', 'one\ntwo\n'])
    await assert.rejects(login(text), { code: 'USAGE', message: /neither a credentials file/ })
})

test('a login that others can read is refused', async () => {
  const file = await fileOf('s3cret', 0o644)
  await assert.rejects(
    given({ store: 'nats://a', 'store-login': file }),
    /other users have access to the login/,
  )
})
