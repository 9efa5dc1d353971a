import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { UsageError } from '../option-table.ts'
import { readCookieSecrets } from './cookie-secret.ts'

let dir: string
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-cookie-'))
})
after(() => rm(dir, { recursive: true }))

let files = 0
async function read(text: string, mode = 0o600): Promise<readonly Uint8Array[]> {
  const file = join(dir, `secret-${files++}`)
  await writeFile(file, text, { mode })
  return readCookieSecrets(file)
}

const first = '00112233445566778899aabbccddeeff'
const second = 'E5E973E5A6B2A43F48E7DC849E37BFCF'
const hex = (secrets: readonly Uint8Array[]): string[] =>
  secrets.map((each) => Buffer.from(each).toString('hex'))

test('one or two secrets are read, and comments and empty lines are ignored', async () => {
  assert.deepEqual(hex(await read(first)), [first])
  assert.deepEqual(hex(await read(`# new\n${first}\r\n\n  ${second}  \n`)), [first, second.toLowerCase()])
})

for (const [what, text, message] of [
  ['none', '# nothing\n', /has 0 secrets, it must have one or two; `openssl rand -hex 16` makes a secret/],
  ['three', `${first}\n${first}\n${first}`, /has 3 secrets/],
  ['a short one', `${first}\n${first.slice(2)}`, /secret 2 does not have 32 hexadecimal digits/],
  ['other characters', first.replace('f', 'g'), /secret 1 does not/],
] as const)
  test(`${what}: refused, without the secret in the message`, async () => {
    await assert.rejects(
      read(text),
      (error) =>
        error instanceof UsageError && message.test(error.message) && !error.message.includes('00112233'),
    )
  })

test('a file that others can read, and one that does not exist, are refused', async () => {
  await assert.rejects(read(first, 0o644), /other users have access to the secret .*chmod 0600/)
  await assert.rejects(readCookieSecrets(join(dir, 'none')), /cannot read --cookie-secret-file .*ENOENT/)
})
