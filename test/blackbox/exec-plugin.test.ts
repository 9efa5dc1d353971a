import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { kubeconfigFor, startTestApi, type TestApi } from '../../sync/kube/api.case.ts'
import { waitFor } from '../wait-for.ts'
import { run } from './command.ts'
import { startNodeEdge } from './node-edge.ts'

/*
 * `kubedoh sync` with a slow credential plugin: three reflectors and the Lease wait for one run, and share its result.
 */

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/**
 * The first run takes longer than the interval of the agent's reports, and its credential has expired when it arrives,
 * so later requests need a second run. That one's credential does not expire.
 */
const plugin = `#!/bin/sh
cd "$(dirname "$0")"
echo begin >> runs
if [ -e again ]; then sleep 2; else touch again; sleep 12; expiry=',"expirationTimestamp":"2020-01-01T00:00:00Z"'; fi
echo end >> runs
cat <<J
{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"good"$expiry}}
J
`

type Scene = { api: TestApi; lines: Record<string, unknown>[]; runs: () => Promise<string[]> }

async function open(t: TestContext): Promise<Scene> {
  const api = await startTestApi()
  api.admits = (authorization) => authorization === 'Bearer good'
  api.pages[0] = { metadata: { resourceVersion: '1' }, items: [] }
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-exec-'))
  const place = (name: string): string => join(dir, name)
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: './plugin.sh',
    interactiveMode: 'Never',
  }
  await writeFile(place('kubeconfig'), kubeconfigFor(api.port, undefined, { exec }))
  await writeFile(place('plugin.sh'), plugin, { mode: 0o755 })
  const publicKey = (await run(['key', 'new', '--out', place('key.json')])).stdout.trim()
  const clusters = [{ id: 'dev', keys: [publicKey], zones: ['cluster.local'] }]
  const edge = await startNodeEdge({ public: true, clusters })
  const to = ['--cluster', 'dev', '--edge', edge.url, '--ca', edge.caFile, '--key', place('key.json')]
  const from = ['--kubeconfig', place('kubeconfig'), '--lease', 'kube-system/kubedoh', '--log-format', 'json']
  const agent = spawn(process.execPath, [main, 'sync', ...to, ...from], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exit = once(agent, 'exit')
  const lines: Record<string, unknown>[] = []
  createInterface({ input: agent.stderr }).on('line', (line) =>
    lines.push(JSON.parse(line) as Record<string, unknown>),
  )
  t.after(async () => {
    agent.kill('SIGTERM')
    await exit
    await edge.stop()
    await api.close()
    await rm(dir, { recursive: true })
  })
  const runs = async (): Promise<string[]> => (await readFile(place('runs'), 'utf8')).trim().split('\n')
  return { api, lines, runs }
}

test('three reflectors and the Lease share one run of a slow plugin, which is reported while it takes long', async (t) => {
  const { api, lines, runs } = await open(t)
  const reports = (): Record<string, unknown>[] =>
    lines.filter(({ message }) => message === 'waiting for the credential plugin')
  await waitFor('the long run is reported', () => reports().length > 0)
  const [{ waitedMs, limitMs } = assert.fail()] = reports()
  assert.deepEqual([waitedMs, limitMs], [10_000, 60_000])
  await waitFor('the agent publishes', () => lines.some(({ message }) => message === 'published'))
  await api.watch(2)
  const leases = (): number => api.requests.filter(({ pathname }) => pathname.includes('/leases')).length
  const before = leases()
  await waitFor('the Lease is renewed', () => leases() > before + 1)
  assert.deepEqual([...new Set(api.authorizations)], ['Bearer good'])
  assert.deepEqual(await runs(), ['begin', 'end', 'begin', 'end'])
})
