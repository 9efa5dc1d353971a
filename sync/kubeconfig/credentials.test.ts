import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Credentials, createCredentials } from './credentials.ts'
import type { Target } from './target.ts'

const apiVersion = 'client.authentication.k8s.io/v1'

type Scene = { readonly credentials: Credentials; readonly runs: () => Promise<number>; nowMs: number }

/** The credentials of a user with a plugin, which is this script; `nowMs` is the clock. */
async function open(t: TestContext, script: string, limitMs = 60_000): Promise<Scene> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-credentials-'))
  const command = `echo run >> ${dir}/runs; ${script}`
  const target: Target = {
    ...{ source: 'test', server: 'https://api', skipTlsVerify: false, disableCompression: false },
    user: {
      impersonation: {},
      exec: {
        ...{ command: '/bin/sh', args: ['-c', command], env: {}, apiVersion, installHint: '' },
        ...{ provideClusterInfo: false, isInteractive: false },
      },
    },
  }
  const scene = {
    runs: async () => (await readFile(join(dir, 'runs'), 'utf8')).trim().split('\n').length,
    nowMs: Date.parse('2026-03-01T12:00:00Z'),
  }
  const world = {
    ...{ env: { PATH: process.env.PATH }, terminal: { stdin: false, stderr: false } },
    ...{ log: { info: () => {}, warn: () => {} }, nowMs: () => scene.nowMs, limitMs },
  }
  const credentials = createCredentials(target, world)
  t.after(async () => {
    credentials.close()
    await rm(dir, { recursive: true, maxRetries: 5 })
  })
  return Object.assign(scene, { credentials })
}

function answer(status: object): string {
  return `echo '${JSON.stringify({ apiVersion, kind: 'ExecCredential', status })}'`
}

test('a plugin runs once for all who ask, and again when its credential has expired', async (t) => {
  const script = answer({ token: 'a', expirationTimestamp: '2026-03-01T12:10:00Z' })
  const scene = await open(t, `sleep 0.1; ${script}`)
  const { credentials, runs } = scene
  const all = await Promise.all([1, 2, 3].map(() => credentials.current()))
  assert.deepEqual(
    all.map(({ token }) => token),
    ['a', 'a', 'a'],
  )
  scene.nowMs += 9 * 60_000
  await credentials.current()
  assert.equal(await runs(), 1)
  scene.nowMs += 2 * 60_000
  await credentials.current()
  assert.equal(await runs(), 2)
})

test('a plugin that does not end fails all who wait for it, at its limit, and is run again by the next', async (t) => {
  const { credentials, runs } = await open(t, 'exec sleep 600', 3_000)
  for (const count of [1, 2]) {
    const all = await Promise.allSettled([1, 2, 3].map(() => credentials.current()))
    for (const each of all) {
      assert.equal(each.status, 'rejected')
      assert.match(String(each.reason), /did not end within 3 s; it was ended/)
    }
    assert.equal(await runs(), count)
  }
})

test('the end of the agent ends a plugin', async (t) => {
  const { credentials } = await open(t, 'exec sleep 600')
  const asked = credentials.current()
  credentials.close()
  await assert.rejects(asked, { code: 'KUBE_CREDENTIALS', message: 'the agent ends' })
})
