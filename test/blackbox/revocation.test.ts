import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { waitFor } from '../wait-for.ts'
import { run, start } from './command.ts'

/* How long a revoked token is still answered by a self-hosted edge (docs/security.md, "Revocation in numbers"). */

const rounds = 10

async function place(t: TestContext): Promise<{ dir: string; policy: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-revocation-'))
  t.after(() => rm(dir, { recursive: true }))
  return { dir, policy: join(dir, 'policy.yaml') }
}

async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(args)
  assert.equal(code, 0, stderr)
  return stdout.trim()
}

const create = (name: string, policy: string): Promise<string> =>
  printed('token', 'create', name, '--policy', policy, '--cluster', 'local', '--all')

test('a token is refused after it was revoked in the file, with the time in the output', async (t) => {
  const { dir, policy } = await place(t)
  await create('stays', policy)
  const places = ['--listen', '127.0.0.1:0', '--data', join(dir, 'data'), '--policy', policy]
  const running = await start(['up', '--plain', ...places])
  t.after(() => running.stop())
  const status = async (token: string): Promise<number> => {
    const response = await fetch(`${running.url}/${token}?name=redis.default.svc.cluster.local`)
    await response.arrayBuffer()
    return response.status
  }
  const tookMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    const token = await create(`laptop-${round}`, policy)
    await waitFor('the new token', async () => (await status(token)) === 200, { intervalMs: 20 })
    await printed('token', 'revoke', `laptop-${round}`, '--policy', policy)
    const revokedMs = (await stat(policy)).mtimeMs
    await waitFor('the refusal', async () => (await status(token)) === 404, { intervalMs: 20 })
    tookMs.push(Date.now() - revokedMs)
  }
  t.diagnostic(
    `from the change of the file to the refusal: ${tookMs.map((ms) => ms.toFixed(0)).join(', ')} ms`,
  )
})

test('while the agent is gone, `deny` refuses a token as soon as the edge has started again', async (t) => {
  const { dir, policy } = await place(t)
  const key = join(dir, 'key.json')
  const keys = [await printed('key', 'new', '--out', key)]
  const [stolen, other] = [await create('stolen', policy), await create('other', policy)]
  const serve = async (deny: readonly string[]): Promise<Awaited<ReturnType<typeof start>>> => {
    const config = { deny, clusters: [{ id: 'local', keys, zones: ['cluster.local'] }] }
    await writeFile(join(dir, 'config.json'), JSON.stringify(config))
    const places = ['--config', join(dir, 'config.json'), '--data', join(dir, 'data')]
    return start(['serve', '--plain', ...places, '--listen', '127.0.0.1:0'])
  }
  const statuses = async (url: string): Promise<number[]> => {
    const asked = [stolen, other].map((token) => fetch(`${url}/${token}?name=cluster.local&type=SOA`))
    return (await Promise.all(asked)).map(({ status }) => status)
  }
  const first = await serve([])
  const edge = new URL(first.url).origin
  const from = ['--from', fileURLToPath(new URL('../../examples/objects.yaml', import.meta.url))]
  await printed('sync', '--edge', edge, '--cluster', 'local', '--key', key, '--policy', policy, ...from)
  assert.deepEqual(await statuses(first.url), [200, 200])
  await first.stop()
  const second = await serve([await printed('token', 'revoke', 'stolen', '--policy', policy)])
  t.after(() => second.stop())
  assert.deepEqual(await statuses(second.url), [404, 200])
})
