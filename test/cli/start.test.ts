import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { start } from '../blackbox/command.ts'
import { oldNode } from './old-node.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let dir: string

before(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubedoh-start-'))
})
after(() => rmSync(dir, { recursive: true }))

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

function execute(file: string, args: readonly string[], cwd = root): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, args, { cwd }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

const old = oldNode()
const skip = old === undefined && 'no Node older than 24.12 is installed'

test('an old Node without a newer one in the package: one line, exit code 2', { skip }, async () => {
  const place = join(dir, 'alone')
  mkdirSync(join(place, 'cli'), { recursive: true })
  cpSync(join(root, 'package.json'), join(place, 'package.json'))
  cpSync(join(root, 'cli', 'kubedoh.mjs'), join(place, 'cli', 'kubedoh.mjs'))
  const said = await execute(old ?? '', [join(place, 'cli', 'kubedoh.mjs'), 'up'])
  assert.match(said.stderr, /^kubedoh: needs Node 24\.12 or later, this is [0-9.]+; [^\n]*\n$/)
  assert.equal(said.code, 2)
})

test('an old Node with a newer one installed by npm: the command runs, and its exit code is passed on', {
  skip: skip || (!existsSync(join(root, 'node_modules', '.bin', 'node')) && 'npm installed no Node'),
}, async () => {
  const script = join(root, 'cli', 'kubedoh.mjs')
  assert.match((await execute(old ?? '', [script, '--help'])).stdout, /usage: kubedoh VERB/)
  assert.equal((await execute(old ?? '', [script, 'fly'])).code, 2)
})

const ownObjects = `apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: 10.96.7.7, clusterIPs: [10.96.7.7], ports: [{port: 80}]}
`

for (const [what, file, expected] of [
  ['the sample', undefined, /172\.16\.1\.42/],
  ['a file', 'own.yaml', /10\.96\.7\.7/],
] as const) {
  test(`every command that up prints for ${what} works as printed, and its answer can be read`, async () => {
    if (file) writeFileSync(join(dir, file), ownObjects)
    const source = file ? ['--from', join(dir, file)] : []
    const up = await start(['up', ...source, '--data', join(dir, 'data'), '--listen', '127.0.0.1:0'])
    try {
      const from = up.stdout.indexOf('try:') + 1
      const commands = up.stdout.slice(from, -1).map((line) => line.trim())
      assert.deepEqual(
        commands.map((command) => /^(curl|dig)|query/.exec(command)?.[0]),
        ['curl', 'dig', 'query'],
      )
      for (const command of commands) {
        const program = command.split(' ')[0] ?? ''
        if ((await execute('sh', ['-c', `command -v ${program}`])).code !== 0) continue
        const said = await execute('sh', ['-c', command])
        assert.match(said.stdout, expected, `${command}\n${said.stdout}${said.stderr}`)
      }
    } finally {
      await up.stop()
    }
  })
}
