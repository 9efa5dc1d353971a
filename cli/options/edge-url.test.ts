import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { edgeUrl } from './edge-url.ts'

const url = 'https://dns.example.com/dns-query/secrettoken'
let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-url-'))
})
after(() => rm(dir, { recursive: true }))

async function fileOf(text: string, mode = 0o600): Promise<string> {
  const file = join(dir, 'url')
  await rm(file, { force: true })
  await writeFile(file, text)
  await chmod(file, mode)
  return file
}

test('the URL is that of the command line, or the one line of the file', async () => {
  assert.equal((await edgeUrl('connect', url, undefined)).doh, url)
  for (const text of [url, `${url}\n`, `# the edge\n\n  ${url}\r\n`])
    assert.equal((await edgeUrl('connect', undefined, await fileOf(text))).doh, url)
})

test('every other case is refused, without showing the token', async () => {
  const cases: readonly (readonly [string | undefined, string | undefined, RegExp])[] = [
    [undefined, undefined, /needs the URL/],
    [url, await fileOf(url), /not both/],
    ['ftp://dns.example.com/secrettoken', undefined, /no URL such as/],
    ['http://dns.example.com/dns-query/secrettoken', undefined, /not https/],
  ]
  for (const [word, file, message] of cases)
    await assert.rejects(edgeUrl('connect', word, file), (error: Error & { code?: string }) => {
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /secret/)
      return error.code === 'USAGE'
    })
  await assert.rejects(edgeUrl('connect', undefined, await fileOf(`${url}\n${url}`)), /must have one line/)
  await assert.rejects(edgeUrl('connect', undefined, await fileOf('')), /must have one line/)
  await assert.rejects(edgeUrl('connect', undefined, join(dir, 'missing')), /cannot read --url-file/)
})
