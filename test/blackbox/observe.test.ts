import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Family, readExposition } from '../../observe/exposition.case.ts'
import { startTestApi, type TestApi } from '../../sync/kube/api.case.ts'
import { waitFor } from '../wait-for.ts'
import { run } from './command.ts'
import { startNodeEdge } from './node-edge.ts'

/* `kubedoh sync` as an operator sees it: a test API server, a real edge, the agent's log and its HTTP endpoints. */

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

type Scene = {
  api: TestApi
  agent: ChildProcess
  /** Log lines so far, parsed. */
  lines: Record<string, unknown>[]
  text: () => string
  url: string
  /** Texts that must never appear in logs or metrics. */
  secrets: string[]
  stopEdge: () => Promise<void>
}

const object = { metadata: { namespace: 'prod', name: 'web', uid: 'u1', resourceVersion: '1' }, spec: {} }

async function open(t: TestContext): Promise<Scene> {
  const api = await startTestApi()
  // Every kind lists the same object: it is valid as a Namespace, and as a Service it lacks an address.
  api.pages[0] = { metadata: { resourceVersion: '1' }, items: [object] }
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-observe-'))
  const [kubeconfig, key] = [join(dir, 'kubeconfig'), join(dir, 'key.json')]
  await writeFile(kubeconfig, api.kubeconfig.replace('"secret"', '"s3cret-token"'))
  const publicKey = (await run(['key', 'new', '--out', key])).stdout.trim()
  const clusters = [{ id: 'dev', keys: [publicKey], zones: ['cluster.local'] }]
  const edge = await startNodeEdge({ public: true, clusters })
  let isEdgeUp = true
  const stopEdge = async (): Promise<void> => {
    if (isEdgeUp) await edge.stop()
    isEdgeUp = false
  }
  const agent = spawn(
    process.execPath,
    [
      ...[main, 'sync', '--cluster', 'dev', '--edge', edge.url, '--ca', edge.caFile, '--key', key],
      ...['--kubeconfig', kubeconfig, '--log-format', 'json', '--health-listen', '127.0.0.1:0', '--events'],
      ...['--heartbeat-seconds', '1'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const lines: Record<string, unknown>[] = []
  let text = ''
  createInterface({ input: agent.stderr }).on('line', (line) => {
    text += `${line}\n`
    lines.push(JSON.parse(line) as Record<string, unknown>)
  })
  t.after(async () => {
    agent.kill('SIGTERM')
    if (agent.exitCode === null) await once(agent, 'exit')
    await stopEdge()
    await api.close()
    await rm(dir, { recursive: true })
  })
  await waitFor('the endpoints answer', () => lines.some(({ message }) => message === 'observed'))
  const url = String(lines.find(({ message }) => message === 'observed')?.url)
  const { d } = JSON.parse(await readFile(key, 'utf8')) as { d: string }
  return { api, agent, lines, text: () => text, url, secrets: ['s3cret-token', d], stopEdge }
}

async function metricsOf(url: string): Promise<(sample: string) => number | undefined> {
  const response = await fetch(`${url}/metrics`)
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  const families = readExposition(await response.text())
  return (sample) => {
    const family: Family | undefined = families.get(/^\w+/.exec(sample)?.[0] ?? '')
    return family?.samples.get(sample)
  }
}

test('metrics, health, logs and Events of a running agent', async (t) => {
  const { api, lines, text, url, secrets, stopEdge } = await open(t)
  const ready = async (): Promise<boolean> => (await fetch(`${url}/readyz`)).status === 200
  await waitFor('it is ready', ready)
  const verbose = await fetch(`${url}/readyz?verbose`)
  assert.equal(
    await verbose.text(),
    [
      '[+]ping ok\n',
      ...['namespaces', 'services', 'endpointslices'].map((name) => `[+]reflector-${name} ok\n`),
      ...['published', 'policy'].map((name) => `[+]${name} ok\n`),
      'readyz check passed\n',
    ].join(''),
  )
  const before = await metricsOf(url)
  assert.equal(before('kubedoh_publishes_total{kind="first"}'), 1)
  assert.equal(before('kubedoh_reflector_synced{resource="services"}'), 1)
  assert.equal(before('kubedoh_skipped_objects{kind="Service",reason="cluster_ip"}'), 1)
  assert.equal(before('kubedoh_leader'), 1)
  assert.ok((before('process_resident_memory_bytes') ?? 0) > 1e7)

  await waitFor('an Event is written', () => api.created.length > 0)
  const [event] = api.created
  assert.ok(event)
  assert.equal((event.object.regarding as { uid: string }).uid, 'u1')
  await waitFor('a heartbeat is published', async () => {
    const now = await metricsOf(url)
    return (now('kubedoh_publishes_total{kind="heartbeat"}') ?? 0) > 0
  })
  const publishes = async (): Promise<number> => {
    const count = await metricsOf(url)
    const [first, heartbeats] = ['first', 'heartbeat'].map((kind) =>
      count(`kubedoh_publishes_total{kind="${kind}"}`),
    )
    return (first ?? 0) + (heartbeats ?? 0)
  }
  const counted = await publishes()
  const publishedLines = (): Record<string, unknown>[] =>
    lines.filter(({ message }) => message === 'published')
  await waitFor('each counted publish is logged', () => publishedLines().length >= counted)
  const published = publishedLines()
  // A line is written just before its publish is counted.
  assert.ok(published.length <= (await publishes()) + 1, `${published.length} lines`)
  assert.deepEqual(Object.keys(published[0] ?? {}).slice(0, 4), ['time', 'level', 'message', 'kind'])

  await stopEdge()
  await waitFor('a failure is counted', async () => {
    const now = await metricsOf(url)
    return (now('kubedoh_publish_failures_total{code="EDGE_UNREACHABLE"}') ?? 0) > 0
  })
  await api.close()
  await waitFor('the interruption of the API is counted', async () => {
    const now = await metricsOf(url)
    return (
      (now('kubedoh_reflector_interruptions_total{resource="services",code="KUBE_UNREACHABLE"}') ?? 0) > 0
    )
  })
  assert.equal(
    (await fetch(`${url}/livez`)).status,
    200,
    'a missing API or edge is no reason to restart the agent',
  )
  assert.ok(lines.every(({ level }) => level === 'info' || level === 'warn'))
  for (const secret of secrets) assert.ok(secret.length > 8 && !text().includes(secret))
  const everything = await (await fetch(`${url}/metrics`)).text()
  for (const secret of secrets) assert.ok(!everything.includes(secret))
})

test('invalid combinations of options are refused', async () => {
  const samples = fileURLToPath(new URL('../../examples/objects.yaml', import.meta.url))
  const key = join(await mkdtemp(join(tmpdir(), 'kubedoh-observe-')), 'key.json')
  await run(['key', 'new', '--out', key])
  const sync = ['sync', '--edge', 'http://127.0.0.1:1', '--key', key]
  for (const [options, said] of [
    [['--health-listen', '9153'], /--health-listen is "9153", it must be HOST:PORT/],
    [['--from', samples, '--health-listen', ':9153'], /--health-listen is for agents that watch a cluster/],
    [['--from', samples, '--events'], /--events is for agents that watch a cluster/],
  ] as const) {
    const { code, stderr } = await run([...sync, ...options])
    assert.match(stderr, said)
    assert.equal(code, 2)
  }
})
