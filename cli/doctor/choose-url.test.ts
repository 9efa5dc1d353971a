import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { chooseUrl } from './choose-url.ts'

const none = { 'url-file': undefined, ca: undefined }
const url = 'https://dns.example.com/dns-query/TOKEN'

describe('chooseUrl', () => {
  let dir: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-doctor-url-'))
    await writeFile(join(dir, 'connect.url'), `# the edge\n${url}\n`, { mode: 0o600 })
    await writeFile(join(dir, 'connect-ca.pem'), 'PEM')
  })
  after(() => rm(dir, { recursive: true }))

  test('URL and NAME are told apart, in any order', async () => {
    for (const words of [
      [url, 'web.k'],
      ['web.k', url],
    ])
      assert.deepEqual(await chooseUrl(words, none, '/no'), { url, name: 'web.k', caFile: undefined })
  })

  test('without a URL it is that of the installed stub, with its authorities', async () => {
    assert.deepEqual(await chooseUrl([], none, dir), {
      url,
      name: undefined,
      caFile: join(dir, 'connect-ca.pem'),
    })
    assert.equal((await chooseUrl([], { ...none, ca: 'mine.pem' }, dir)).caFile, 'mine.pem')
  })

  test('without a stub it is that of `kubedoh up`', async () => {
    const chosen = await chooseUrl(['web.k'], none, '/no')
    assert.deepEqual([chosen.url, chosen.name], ['https://127.0.0.1:8443/dns-query', 'web.k'])
  })

  test('--url-file is read, unless other users may read it too', async () => {
    const file = join(dir, 'mine')
    await writeFile(file, url, { mode: 0o600 })
    assert.equal((await chooseUrl([], { ...none, 'url-file': file }, '/no')).url, url)
    await chmod(file, 0o644)
    await assert.rejects(chooseUrl([], { ...none, 'url-file': file }, '/no'), { code: 'USAGE' })
  })

  test('wrong words and files are usage errors', async () => {
    await writeFile(join(dir, 'two'), `${url}\n${url}\n`, { mode: 0o600 })
    for (const [words, file] of [
      [[url, url], undefined],
      [['a', 'b'], undefined],
      [[url], '/no'],
      [[], '/no'],
      [[], join(dir, 'two')],
    ] as const)
      await assert.rejects(chooseUrl(words, { ...none, 'url-file': file }, '/no'), { code: 'USAGE' })
  })
})
