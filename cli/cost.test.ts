import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startTestApi, type TestApi } from '../sync/kube/api.case.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

type Cost = {
  api: TestApi
  interrupt: () => Promise<{ code: number | null; stdout: string; stderr: string }>
}

/** Runs `kubedoh cost` on a test API until it watches. */
async function start(t: TestContext, args: readonly string[]): Promise<Cost> {
  const api = await startTestApi()
  api.pages[0] = { metadata: { resourceVersion: '1' }, items: [{ metadata: { name: 'prod' } }] }
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-cost-'))
  const file = join(dir, 'kubeconfig')
  await writeFile(file, api.kubeconfig)
  const child = spawn(process.execPath, [main, 'cost', '--kubeconfig', file, ...args])
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
  t.after(async () => {
    child.kill('SIGKILL')
    await api.close()
    await rm(dir, { recursive: true })
  })
  while (!said.stderr.includes('watching')) {
    assert.equal(child.exitCode, null, said.stderr)
    await once(child.stderr, 'data')
  }
  return {
    api,
    interrupt: async () => {
      child.kill('SIGINT')
      const [code] = (await once(child, 'close')) as [number | null]
      return { code, ...said }
    },
  }
}

/** The watch of Namespaces, as soon as there is one. */
async function namespaceWatch(api: TestApi): Promise<Awaited<ReturnType<TestApi['watch']>>> {
  await api.watch(2)
  const watches = api.requests.filter((url) => url.searchParams.has('watch'))
  return api.watch(watches.findIndex((url) => url.pathname.endsWith('/namespaces')))
}

test('a cluster is watched until SIGINT, and the settings are compared', async (t) => {
  const { api, interrupt } = await start(t, ['--intervals', '50ms,5m', '--queries-per-day', '500', '--json'])
  const watch = await namespaceWatch(api)
  for (const name of ['a', 'b', 'c']) {
    api.send(watch, 'ADDED', { metadata: { name, resourceVersion: `2${name}` } })
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  // A second watch starts only after all earlier events have been read.
  watch.end()
  await api.watch(3)
  const { code, stdout, stderr } = await interrupt()
  assert.equal(code, 0, stderr)
  type Setting = {
    edge: string
    intervalMs: number
    seen: { publishes: number }
    use: { kvReads: number }
    heartbeats: number
  }
  const said = JSON.parse(stdout) as { changes: number; settings: Setting[] }
  assert.equal(said.changes, 3)
  assert.deepEqual(
    said.settings.map(({ edge, intervalMs }) => `${edge} ${intervalMs}`),
    ['register 50', 'register 300000', 'kv 50', 'kv 300000'],
  )
  const [served, slow, fast] = said.settings
  assert.ok(fast)
  // How many of the three changes arrive together depends on the machine.
  assert.ok(fast.seen.publishes >= 1 && fast.seen.publishes <= 3, `${fast.seen.publishes} publishes`)
  assert.deepEqual([slow?.intervalMs, slow?.seen.publishes], [300_000, 1])
  assert.deepEqual([served?.use.kvReads, fast.use.kvReads], [500, 1_000])
})

test('the text output has a row for each edge and interval, and the limits of the figures', async (t) => {
  const { interrupt } = await start(t, [])
  const { code, stdout, stderr } = await interrupt()
  assert.equal(code, 0, stderr)
  const rows = stdout.split('\n').filter((line) => /^ *(register|KV) /.test(line))
  assert.deepEqual(
    rows.map((row) => row.trim().split(/ {2,}/)),
    ['register', 'KV'].flatMap((edge) =>
      ['2 s', '10 s', '60 s', '300 s'].map((interval) => [
        ...[edge, interval, '0', '288', '288', '0', edge === 'KV' ? '20,000' : '10,000', '10,288'],
        ...(edge === 'KV' ? ['288', '1,152', '1,728'] : ['10,576', '3,168', '14,752']),
        ...['5.00', 'fits'],
      ]),
    ),
  )
  assert.match(stdout, /their figures are coarse/)
  assert.match(stdout, /upper bound/)
})
