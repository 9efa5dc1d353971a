import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Report } from '../../doctor/report.ts'
import { extractedPackages } from './debian-packages.ts'
import { noNamespace } from './matrix.ts'
import { ended, skipWithout } from './program.ts'

/* Each situation is made for real in a namespace; doctor must name it as the first problem. */

const inside = join(import.meta.dirname, 'doctor-inside.ts')
const expected: Readonly<Record<string, string>> = {
  healthy: 'none',
  'closed port': 'port.refused',
  'no route': 'route.none',
  'wrong token': 'token.invalid',
  'expired certificate': 'tls.expired',
  'stale snapshot': 'snapshot.stale',
  'stopped stub': 'resolver.dead',
  NXDOMAIN: 'system.missing',
  'rebinding filter': 'rebinding.filtered',
  loop: 'loop.loop',
}

type Said = {
  readonly situation: string
  readonly code: number
  readonly hasToken: boolean
  readonly report: Report
}

test('doctor names nine broken situations, and a healthy one', async (t) => {
  const packages = extractedPackages() ?? ''
  const reason =
    (await noNamespace()) ||
    (await skipWithout('dig')) ||
    (!existsSync(join(packages, 'usr/sbin/dnsmasq')) && 'npm run clients has not extracted dnsmasq yet')
  if (reason) return t.skip(reason)
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-doctor-test-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user']
  const namespaces = [...asRoot, '--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
  const command = [...namespaces, 'env', `TMPDIR=${dir}`, process.execPath, inside, packages]
  const { code, stdout, stderr } = await ended('unshare', command, 300_000)
  assert.equal(code, 0, `${stderr}\n${stdout}`)
  const said = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Said)
  assert.deepEqual(said.map(({ situation }) => situation).toSorted(), Object.keys(expected).toSorted())
  for (const { situation, code: exit, hasToken, report } of said)
    await t.test(`${situation}: ${expected[situation]}`, () => {
      const text = JSON.stringify(report.findings, undefined, 2)
      const first = report.findings.find(({ state }) => state === 'problem')
      assert.equal(first ? `${first.check}.${first.finding}` : 'none', expected[situation], text)
      assert.equal(exit, first ? 1 : 0)
      assert.equal(hasToken, false, 'a token is printed')
    })
})
