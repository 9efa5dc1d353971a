import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ownCommand } from './own-command.ts'

const launcher = fileURLToPath(new URL('../kubedoh.mjs', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'kubedoh-own-command-'))
after(() => rmSync(dir, { recursive: true }))

test('in a checkout, the command is the npm script', () => {
  assert.equal(
    ownCommand({
      env: { npm_lifecycle_event: 'start', npm_package_name: 'kubedoh', PATH: dir },
      script: launcher,
    }),
    'npm run -s kubedoh --',
  )
})

test('started by npx, the command is npx again', () => {
  assert.equal(
    ownCommand({ env: { npm_lifecycle_event: 'npx', PATH: dir }, script: launcher }),
    'npx kubedoh',
  )
})

test('once installed, the command is `kubedoh` if PATH has this installation, else the path of the launcher', () => {
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  assert.equal(ownCommand({ env: { PATH: bin }, script: launcher }), launcher)
  symlinkSync(launcher, join(bin, 'kubedoh'))
  assert.equal(ownCommand({ env: { PATH: `/nowhere:${bin}` }, script: launcher }), 'kubedoh')
})
