import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { connectStream } from '../../host/dns/stream/stream-client.case.ts'
import { exchangeDatagrams } from '../../host/dns/udp/udp-client.case.ts'
import { readExposition } from '../../observe/exposition.case.ts'
import { childrenOf } from '../children-of.ts'
import { freePorts } from '../free-ports.ts'
import { waitFor } from '../wait-for.ts'
import { ask, query } from './ask.ts'
import { isBun, run, start } from './command.ts'
import { startNodeEdge } from './node-edge.ts'
import { newKey, publishFile } from './publish.ts'

/* `--health-listen` of `serve` and `up`, as Prometheus and a kubelet see it. */

const key = await newKey()
const clusters = [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }]
type Edge = Awaited<ReturnType<typeof startNodeEdge>>
type Scene = { edge: Edge; health: string; valueOf: (sample: string) => Promise<number> }

async function open(t: TestContext, config: object = {}, options: readonly string[] = []): Promise<Scene> {
  const [port = 0] = await freePorts(1)
  const health = `http://127.0.0.1:${port}`
  const observed = ['--health-listen', `127.0.0.1:${port}`]
  const edge = await startNodeEdge({ public: true, clusters, ...config }, [...observed, ...options])
  t.after(() => edge.stop())
  return { edge, health, valueOf: (sample) => valueAt(health, sample) }
}

/** The value of a series; 0 if it does not exist. */
async function valueAt(health: string, sample: string): Promise<number> {
  const families = readExposition(await (await fetch(`${health}/metrics`)).text())
  const name = /^\w+/.exec(sample)?.[0] ?? ''
  const family = families.get(name) ?? families.get(name.replace(/_(count|sum)$/, ''))
  assert.ok(family, `there is no metric ${name}`)
  return family.samples.get(sample) ?? 0
}

/** Asks over HTTP/1.1 on a new connection, so that every worker gets some of the queries. */
async function askOnNewConnection(edge: Edge, ca: string): Promise<string> {
  const url = `${edge.url}/dns-query?name=redis.default.svc.cluster.local`
  const request = https.get(url, { ca, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return text(response)
}

const queries = (proto: string, type: string): string =>
  `kubedoh_dns_requests_total{zone="cluster.local.",proto="${proto}",type="${type}"}`

const http1 = isBun ? 'http' : 'http1'
const http2 = isBun ? 'http' : 'http2'

test('an edge is not ready before every cluster has a snapshot, and says which one is missing', async (t) => {
  const other = { id: 'other', keys: [key.publicKey], zones: ['other.example'] }
  const { edge, health } = await open(t, { clusters: [...clusters, other] })
  const readyz = async (): Promise<string> => (await fetch(`${health}/readyz?verbose`)).text()
  assert.equal((await fetch(`${health}/livez`)).status, 200)
  assert.equal((await fetch(`${health}/readyz`)).status, 503)
  await publishFile(edge, 'dev', key)
  await waitFor('the snapshot of one cluster', async () => /^\[\+\]snapshot-dev ok$/m.test(await readyz()))
  assert.match(await readyz(), /^\[-\]snapshot-other failed: no snapshot has been received yet/m)
  assert.equal((await fetch(`${health}/readyz`)).status, 503)
  await publishFile(edge, 'other', key)
  await waitFor('readiness', async () => (await fetch(`${health}/readyz`)).status === 200)
})

test('queries, answers, limits and refusals are counted', async (t) => {
  const { edge, health, valueOf } = await open(t, {
    limits: { ingest: 0.1 },
    trustedProxies: ['127.0.0.0/8'],
  })
  const round = await publishFile(edge, 'dev', key)
  for (const question of ['redis.default.svc.cluster.local A', 'redis.default.svc.cluster.local A'])
    assert.equal((await ask(edge, question)).status, 200)
  await ask(edge, 'secret-qname.default.svc.cluster.local TYPE4711')
  await ask(edge, 'www.secret-qname.example AAAA')
  assert.equal(await valueOf(queries(http2, 'A')), 2)
  assert.equal(await valueOf(queries(http2, 'other')), 1)
  assert.equal(await valueOf(`kubedoh_dns_requests_total{zone=".",proto="${http2}",type="AAAA"}`), 1)
  assert.equal(await valueOf('kubedoh_dns_responses_total{zone="cluster.local.",rcode="NXDOMAIN"}'), 1)
  assert.equal(await valueOf('kubedoh_dns_responses_total{zone=".",rcode="REFUSED"}'), 1)
  assert.equal(await valueOf('kubedoh_cache_hits_total'), 1)
  const duration = `kubedoh_dns_request_duration_seconds_count{zone="cluster.local.",proto="${http2}"}`
  assert.equal(await valueOf(duration), 3)
  assert.equal(await valueOf('kubedoh_open_connections{proto="http2"}'), isBun ? 0 : 1)
  assert.equal(
    await valueOf('kubedoh_snapshot_generation{cluster="dev"}'),
    round.edgeState.published?.generation,
  )
  assert.equal(await valueOf('kubedoh_snapshot_state{cluster="dev",state="static"}'), 1)
  const from = { 'x-forwarded-for': '192.0.2.7' }
  const statuses: number[] = []
  for (let sent = 0; sent < 2; sent++)
    statuses.push((await edge.fetch(`${edge.url}/ingest/dev`, { headers: from })).status)
  assert.deepEqual(statuses, [401, 429])
  assert.equal(await valueOf('kubedoh_ingest_refusals_total{code="PROOF_MISSING"}'), 1)
  assert.equal(await valueOf('kubedoh_limit_hits_total{limit="ingest"}'), 1)
  assert.equal(await valueOf('kubedoh_http_responses_total{status="429"}'), 1)
  const everything = await (await fetch(`${health}/metrics`)).text()
  for (const secret of ['secret-qname', '192.0.2.7', '127.0.0.1']) assert.ok(!everything.includes(secret))
})

test('counts of worker processes are summed, and survive a worker', async (t) => {
  const { edge, health, valueOf } = await open(t, {}, ['--workers', '2'])
  const ca = await readFile(edge.caFile, 'utf8')
  await publishFile(edge, 'dev', key)
  await waitFor('readiness', async () => (await fetch(`${health}/readyz`)).status === 200)
  for (let sent = 0; sent < 6; sent++) assert.match(await askOnNewConnection(edge, ca), /"Status":0/)
  await waitFor('all queries are reported', async () => (await valueOf(queries(http1, 'A'))) === 6)
  assert.equal(await valueOf('kubedoh_edge_workers'), 2)
  const [worker = 0] = await childrenOf(edge.process)
  process.kill(worker, 'SIGKILL')
  await waitFor('the worker is missed', async () => (await valueOf('kubedoh_edge_worker_exits_total')) === 1)
  assert.equal(await valueOf(queries(http1, 'A')), 6)
  await waitFor('another worker', async () => (await valueOf('kubedoh_edge_workers')) === 2)
  for (let sent = 0; sent < 4; sent++) await askOnNewConnection(edge, ca)
  await waitFor('the sum of old and new queries', async () => (await valueOf(queries(http1, 'A'))) === 10)
})

test('up has one endpoint, for agent and edge', async (t) => {
  const [port = 0] = await freePorts(1)
  const health = `http://127.0.0.1:${port}`
  const listen = ['--plain', '--listen', '127.0.0.1:0', '--health-listen', `127.0.0.1:${port}`]
  const running = await start(['up', '--data', 'none', ...listen])
  t.after(() => running.stop())
  await fetch(`${running.url}?name=redis.default.svc.cluster.local`)
  assert.equal((await fetch(`${health}/readyz`)).status, 200)
  assert.equal(await valueAt(health, queries(http1, 'A')), 1)
  assert.equal(await valueAt(health, 'kubedoh_edge_workers'), 1)
})

test('queries over UDP, TCP and TLS are counted by transport', async (t) => {
  const [port = 0] = await freePorts(1)
  const health = `http://127.0.0.1:${port}`
  const doors = ['--dns-listen', '127.0.0.1:0', '--dot-listen', '127.0.0.1:0']
  const listen = ['--listen', '127.0.0.1:0', '--health-listen', `127.0.0.1:${port}`]
  const running = await start(['up', '--data', 'none', ...listen, ...doors])
  t.after(() => running.stop())
  const [plain, dot] = running.stdout.flatMap((line) => {
    const [, host = '', at = ''] = /^DNS .* at (.*):([0-9]+)$/.exec(line) ?? []
    return host === '' ? [] : [{ host, port: Number(at) }]
  })
  assert.ok(plain && dot, running.stdout.join('\n'))
  const message = query('redis.default.svc.cluster.local', 1)
  assert.equal((await exchangeDatagrams(plain, [message])).length, 1)
  for (const stream of [
    await connectStream(plain),
    await connectStream(dot, { rejectUnauthorized: false }),
  ]) {
    stream.send(message)
    assert.ok(await stream.receive())
    t.after(() => void stream.socket.destroy())
  }
  for (const proto of ['udp', 'tcp', 'dot'])
    assert.equal(await valueAt(health, queries(proto, 'A')), 1, proto)
  for (const proto of ['tcp', 'dot'])
    assert.equal(await valueAt(health, `kubedoh_open_connections{proto="${proto}"}`), 1, proto)
})

test('a broken address is refused', async () => {
  const { code, stderr } = await run(['serve', '--config', '/dev/null', '--health-listen', '9153'])
  assert.equal(code, 2)
  assert.match(stderr, /--health-listen is "9153", it must be HOST:PORT/)
})
