import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { writeKeyFile } from '../key-file.ts'
import { followWish } from './follow-options.ts'

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-follow-options-'))
})
after(() => rm(dir, { recursive: true }))

const given = (values: Partial<Parameters<typeof followWish>[0]>): ReturnType<typeof followWish> =>
  followWish({ follow: undefined, 'follow-key': undefined, 'follow-ca': undefined, ...values })

test('a URL and a key are an edge to follow; no option is none', async () => {
  const [key, ca] = [join(dir, 'key.json'), join(dir, 'ca.pem')]
  const { publicKey } = await writeKeyFile(key)
  await writeFile(ca, 'PEM')
  assert.equal(await given({}), undefined)
  const follow = 'https://a.example.com'
  const wish = await given({ follow, 'follow-key': key, 'follow-ca': ca })
  assert.deepEqual([wish?.url, wish?.key.publicKey, wish?.ca], [follow, publicKey, 'PEM'])
  assert.equal((await given({ follow, 'follow-key': key }))?.ca, undefined)
})

test('a part of the options, or a file that is not there, is a fault of the command line', async () => {
  const follow = 'https://a.example.com'
  for (const [values, message] of [
    [{ follow }, /--follow needs --follow-key FILE/],
    [{ 'follow-key': 'key.json' }, /--follow-key needs --follow URL/],
    [{ 'follow-ca': 'ca.pem' }, /--follow-ca needs --follow URL/],
    [{ follow, 'follow-key': join(dir, 'missing') }, /kubedoh key new/],
  ] as const)
    await assert.rejects(given(values), { code: 'USAGE', message })
})
