import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startTestApi } from '../../sync/kube/api.case.ts'
import { waitFor } from '../wait-for.ts'
import { ask } from './ask.ts'
import { run } from './command.ts'
import type { EdgeUnderTest } from './edge-under-test.ts'
import { startNodeEdge } from './node-edge.ts'

/* One agent that publishes to several edges, of which one does not answer. */

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** A server that accepts connections and never answers: the URL of an edge whose requests run into their time-out. */
async function startSilentServer(t: TestContext): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address ? `https://127.0.0.1:${address.port}` : assert.fail()
}

type Scene = {
  readonly dir: string
  readonly edges: readonly EdgeUnderTest[]
  /** The options of `sync` for the key and the authorities of the edges. */
  readonly trust: readonly string[]
}

/** Two edges that know the agent's key; the second one as that of `secondCluster`. */
async function open(t: TestContext, secondCluster = 'dev'): Promise<Scene> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-edges-'))
  const [key, ca] = [join(dir, 'key.json'), join(dir, 'ca.pem')]
  const publicKey = (await run(['key', 'new', '--out', key])).stdout.trim()
  const configOf = (id: string) => ({
    public: true,
    clusters: [{ id, keys: [publicKey], zones: ['cluster.local'] }],
  })
  const edges = [await startNodeEdge(configOf('dev')), await startNodeEdge(configOf(secondCluster))]
  t.after(async () => {
    await Promise.all(edges.map((edge) => edge.stop()))
    await rm(dir, { recursive: true })
  })
  await writeFile(ca, (await Promise.all(edges.map(({ caFile }) => readFile(caFile, 'utf8')))).join('\n'))
  return { dir, edges, trust: ['--cluster', 'dev', '--key', key, '--ca', ca] }
}

const edgeOptions = (urls: readonly string[]): string[] => urls.flatMap((url) => ['--edge', url])

const answers = async (edge: EdgeUnderTest, name: string): Promise<boolean> =>
  ((await ask(edge, `${name} A`)).message?.answers?.length ?? 0) > 0

test('an edge that does not answer delays the other edges neither at the start nor at a change', async (t) => {
  const { dir, edges, trust } = await open(t)
  const silent = await startSilentServer(t)
  const api = await startTestApi()
  const service = (name: string, ip: string): object => ({
    metadata: { namespace: 'prod', name, uid: name, resourceVersion: '2' },
    spec: { clusterIP: ip, clusterIPs: [ip], ports: [] },
  })
  const namespace = { metadata: { name: 'prod', uid: 'prod', resourceVersion: '1' } }
  // Every kind lists both objects; the Namespace is skipped as a Service, which does not matter here.
  api.pages[0] = { metadata: { resourceVersion: '1' }, items: [namespace, service('web', '10.96.0.7')] }
  const kubeconfig = join(dir, 'kubeconfig')
  await writeFile(kubeconfig, api.kubeconfig)
  const urls = [silent, ...edges.map(({ url }) => url)]
  const args = [main, 'sync', ...trust, ...edgeOptions(urls), '--kubeconfig', kubeconfig]
  const agent = spawn(process.execPath, [...args, '--log-format', 'json', '--health-listen', '127.0.0.1:0'], {
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
    await api.close()
  })
  for (const edge of edges)
    await waitFor('both edges answer', () => answers(edge, 'web.prod.svc.cluster.local'))
  // The time-out of a request is 10 s: nothing has failed yet.
  assert.deepEqual(
    lines.filter(({ message }) => message === 'publish failed'),
    [],
  )
  const watches = await Promise.all([0, 1, 2].map((n) => api.watch(n)))
  for (const watch of watches) api.send(watch, 'ADDED', service('db', '10.96.0.8'))
  for (const edge of edges)
    await waitFor('both edges have the change', () => answers(edge, 'db.prod.svc.cluster.local'))
  const published = lines.filter(({ message }) => message === 'published').map(({ edge }) => edge)
  assert.deepEqual(new Set(published), new Set(urls.slice(1)))

  const health = String(lines.find(({ message }) => message === 'observed')?.url)
  const ready = await fetch(`${health}/readyz?verbose`)
  assert.equal(ready.status, 200)
  assert.match(await ready.text(), /\[\+\]published ok, but nothing published yet to 1 of 3 edges/)
  const metrics = await (await fetch(`${health}/metrics`)).text()
  for (const [index, url] of urls.entries()) {
    const series = `kubedoh_publishes_total{edge="${url}",kind="first"} ${index === 0 ? 0 : 1}\n`
    assert.ok(metrics.includes(series), series)
  }
})

test('files are published to the other edges when one refuses them, and the command fails', async (t) => {
  const { edges, trust } = await open(t, 'other')
  const file = fileURLToPath(new URL('../../examples/objects.yaml', import.meta.url))
  const [first = assert.fail(), second = assert.fail()] = edges
  const urls = [second.url, first.url]
  const { code, stderr } = await run(['sync', ...trust, ...edgeOptions(urls), '--from', file])
  assert.equal(code, 2, stderr)
  assert.match(stderr, /this edge does not accept snapshots of a cluster "dev"/)
  assert.ok(stderr.includes(second.url), stderr)
  assert.ok(await answers(first, 'redis.default.svc.cluster.local'))
})

test('an edge that is given twice, or is no URL, is refused before anything is read', async () => {
  const twice = ['https://edge.example', 'https://edge.example/']
  for (const [urls, said] of [
    [twice, /--edge https:\/\/edge\.example is given twice/],
    [['edge.example'], /--edge: "edge\.example" is not an http\(s\) URL/],
  ] as const) {
    const { code, stderr } = await run([
      'sync',
      '--key',
      '/missing',
      ...edgeOptions(urls),
      '--from',
      '/missing',
    ])
    assert.equal(code, 2)
    assert.match(stderr, said)
  }
})
