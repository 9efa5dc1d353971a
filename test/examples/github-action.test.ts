import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { usualAddress, usualName } from '../clients/usual-resolver.ts'
import type { JobReport } from './inside-job.ts'
import { noNamespaces } from './namespaces.ts'

/*
 * examples/github-action with a real edge and a real stub. GitHub's runner is a stand-in that runs the shell steps
 * (composite-action.ts), on a machine that is a network and mount namespace; kubedoh is that of this checkout.
 */

const execute = promisify(execFile)
const skip = await noNamespaces()

let dir: string
let report: JobReport
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-action-'))
  if (skip) return
  await writeFile(join(dir, 'resolv.conf'), '# a comment\nnameserver 10.255.0.53\nsearch corp.example\n')
  await writeFile(join(dir, 'nsswitch.conf'), 'hosts: files dns\n')
  const mounts = ['resolv.conf', 'nsswitch.conf'].map(
    (file) => `mount --bind ${join(dir, file)} /etc/${file}`,
  )
  const inside = [process.execPath, join(import.meta.dirname, 'inside-job.ts'), join(dir, 'report.json')]
  await execute('unshare', [
    '--net',
    '--mount',
    'sh',
    '-ec',
    `${mounts.join('\n')}\nexec "$@"`,
    'sh',
    ...inside,
  ])
  report = JSON.parse(await readFile(join(dir, 'report.json'), 'utf8')) as JobReport
})
after(() => rm(dir, { recursive: true }))

test('the steps start the stub and point the resolver to it: names of the cluster and all others are found', {
  skip,
}, () => {
  const { started, inside, outside, asked } = report
  assert.equal(started.failed, undefined, started.printed)
  assert.equal(inside, '172.16.1.42 172.16.2.44 172.16.3.46')
  assert.equal(outside, usualAddress)
  assert.ok(asked.includes(usualName))
  assert.deepEqual(
    asked.filter((name) => name.endsWith('cluster.local')),
    [],
  )
})

test('the token is masked, and in no other line and no command line', { skip }, () => {
  const { token, started, isTokenShown } = report
  const lines = started.printed.split('\n').filter((line) => line.includes(token))
  assert.ok(lines.includes(`::add-mask::${token}`))
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('::add-mask::')),
    [],
  )
  assert.equal(isTokenShown, false)
})

test('resolv.conf keeps its search list, and is as before after the steps that end it', { skip }, () => {
  const { resolvConf, stopped } = report
  assert.equal(resolvConf.during, 'nameserver 127.0.0.1\nsearch corp.example\n')
  assert.equal(stopped.failed, undefined, stopped.printed)
  assert.equal(resolvConf.after, resolvConf.before)
})

test('with a URL that cannot be used, the start fails with the reason of kubedoh, and resolv.conf is unchanged', {
  skip,
}, () => {
  assert.equal(report.broken.failed, 'Start the stub resolver')
  assert.match(report.broken.printed, /kubedoh connect: .*https/)
})
