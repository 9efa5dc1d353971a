import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { readEdgeZones } from '../../setup/edge-zones.ts'
import { waitFor } from '../wait-for.ts'
import { ask, askOver, query, send, show, transportsOf } from './ask.ts'
import type { EdgeUnderTest, TestConfig } from './edge-under-test.ts'
import { newKey, publishFile } from './publish.ts'

const soa = (zone: string): string => `ns: ${zone} 5 SOA ns.dns.${zone} hostmaster.${zone}`
const local = 'cluster.local'

/** Questions about the sample cluster → the answer, as `show` prints it. */
const answers: Readonly<Record<string, string>> = {
  'none-linuxea.default.svc.cluster.local A': `NOERROR aa rd ra
an: none-linuxea.default.svc.cluster.local 5 A 172.16.1.42
an: none-linuxea.default.svc.cluster.local 5 A 172.16.2.44
an: none-linuxea.default.svc.cluster.local 5 A 172.16.3.46`,
  'redis.default.svc.cluster.local A': `NOERROR aa rd ra
an: redis.default.svc.cluster.local 5 A 10.96.65.65`,
  'web-alias.default.svc.cluster.local A': `NOERROR aa rd ra
an: none-linuxea.default.svc.cluster.local 5 A 172.16.1.42
an: none-linuxea.default.svc.cluster.local 5 A 172.16.2.44
an: none-linuxea.default.svc.cluster.local 5 A 172.16.3.46
an: web-alias.default.svc.cluster.local 5 CNAME none-linuxea.default.svc.cluster.local`,
  'web-alias.default.svc.k8s.example.com CNAME': `NOERROR aa rd ra
an: web-alias.default.svc.k8s.example.com 5 CNAME none-linuxea.default.svc.k8s.example.com`,
  'web-alias.default.svc.cluster.local AAAA': `NOERROR aa rd ra
an: web-alias.default.svc.cluster.local 5 CNAME none-linuxea.default.svc.cluster.local
${soa(local)}`,
  '172-16-1-42.none-linuxea.default.svc.cluster.local A': `NOERROR aa rd ra
an: 172-16-1-42.none-linuxea.default.svc.cluster.local 5 A 172.16.1.42`,
  'redis.default.svc.cluster.local AAAA': `NOERROR aa rd ra\n${soa(local)}`,
  'redis.default.svc.cluster.local HTTPS': `NOERROR aa rd ra\n${soa(local)}`,
  'nobody.default.svc.cluster.local A': `NXDOMAIN aa rd ra\n${soa(local)}`,
  'waiting.prod.svc.cluster.local A': `NXDOMAIN aa rd ra\n${soa(local)}`,
  'www.example.com.cluster.local A': `NXDOMAIN aa rd ra\n${soa(local)}`,
  'empty.svc.cluster.local A': `NOERROR aa rd ra\n${soa(local)}`,
  'old.legacy.prod.svc.k8s.example.com A': `NOERROR aa rd ra
an: old.legacy.prod.svc.k8s.example.com 5 A 198.51.100.8`,
  '_sql._tcp.legacy.prod.svc.cluster.local SRV': `NOERROR aa rd ra
an: _sql._tcp.legacy.prod.svc.cluster.local 5 SRV 0 50 1433 198-51-100-7.legacy.prod.svc.cluster.local
an: _sql._tcp.legacy.prod.svc.cluster.local 5 SRV 0 50 1433 old.legacy.prod.svc.cluster.local
ar: 198-51-100-7.legacy.prod.svc.cluster.local 5 A 198.51.100.7
ar: old.legacy.prod.svc.cluster.local 5 A 198.51.100.8`,
  '65.65.96.10.in-addr.arpa PTR': `NOERROR aa rd ra
an: 65.65.96.10.in-addr.arpa 5 PTR redis.default.svc.cluster.local`,
  '42.1.16.172.in-addr.arpa PTR': `NOERROR aa rd ra
an: 42.1.16.172.in-addr.arpa 5 PTR 172-16-1-42.none-linuxea.default.svc.cluster.local`,
  '9.9.96.10.in-addr.arpa PTR': `NXDOMAIN aa rd ra\n${soa('96.10.in-addr.arpa')}`,
  'dns-version.cluster.local TXT': `NOERROR aa rd ra\nan: dns-version.cluster.local 28800 TXT 1.1.0`,
  'cluster.local SOA': `NOERROR aa rd ra\nan: cluster.local 5 SOA ns.dns.cluster.local hostmaster.cluster.local`,
  'k8s.example.com NS': `NOERROR aa rd ra
an: k8s.example.com 5 NS ns.dns.k8s.example.com
ar: ns.dns.k8s.example.com 5 A 192.0.2.53`,
  'www.example.com A': 'REFUSED rd ra',
}

/** Tests of an edge over HTTP alone, after the sample cluster was published through its ingest routes. */
export function blackbox(runtime: string, start: (config: TestConfig) => Promise<EdgeUnderTest>): void {
  describe(`the edge on ${runtime}`, () => {
    let edge: EdgeUnderTest
    before(async () => {
      const key = await newKey()
      const zones = ['cluster.local', 'k8s.example.com']
      const reverse = ['10.96.0.0/16', '172.16.0.0/12']
      edge = await start({
        public: true,
        clusters: [{ id: 'dev', keys: [key.publicKey], zones, reverse, nameservers: ['192.0.2.53'] }],
      })
      assert.equal(
        show(await ask(edge, 'redis.default.svc.cluster.local A')),
        'SERVFAIL rd ra',
        'before any snapshot',
      )
      assert.match(
        await (await edge.fetch(`${edge.url}/healthz`)).text(),
        /^ok\ncluster dev answers nobody: this edge has no snapshot of it yet; start its agent/,
      )
      await publishFile(edge, 'dev', key)
      await answered(edge)
    })
    after(() => edge?.stop())

    for (const [question, expected] of Object.entries(answers)) {
      test(question, async () => {
        for (const method of ['GET', 'POST'] as const)
          assert.equal(show(await ask(edge, question, { method })), expected)
        for (const transport of transportsOf(edge))
          assert.equal(show(await askOver(transport, edge, question)), expected, transport)
      })
    }
    for (const { name, check } of checks) test(name, () => check(edge))
  })
}

/** Resolves when the edge answers from the snapshot: an edge that had none reads its first root after up to a second. */
async function answered(edge: EdgeUnderTest): Promise<void> {
  await waitFor('the edge answers from the snapshot', async () => {
    return !show(await ask(edge, 'cluster.local SOA')).startsWith('SERVFAIL')
  })
}

type Check = { readonly name: string; readonly check: (edge: EdgeUnderTest) => Promise<void> }

const article = 'none-linuxea.default.svc.cluster.local A'

const checks: readonly Check[] = [
  {
    name: 'an answer has status 200, content type and length, and is fresh for its smallest TTL',
    async check(edge) {
      const { status, headers, bytes } = await ask(edge, article)
      assert.equal(status, 200)
      assert.equal(headers.get('content-type'), 'application/dns-message')
      assert.equal(headers.get('content-length'), String(bytes.length))
      assert.equal(headers.get('cache-control'), 'max-age=5')
      assert.match(
        headers.get('kubedoh-snapshot') ?? '',
        /^cluster="dev", generation=\d+, as-of=\d+, age=\d+, state=static$/,
      )
    },
  },
  {
    name: 'id and question are returned byte for byte, OPT only if the query has one',
    async check(edge) {
      const asked = query('NONE-linuxea.Default.svc.CLUSTER.local', 1, { id: 0xbeef })
      const { bytes, message } = await send(edge, asked)
      assert.deepEqual(bytes.subarray(0, 2), asked.subarray(0, 2))
      assert.deepEqual(bytes.subarray(12, asked.length), asked.subarray(12))
      assert.equal(message?.additionals?.length, 0)
      const withOpt = await ask(edge, article, { edns: true })
      assert.deepEqual(
        withOpt.message?.additionals?.map(({ type }) => type),
        ['OPT'],
      )
    },
  },
  {
    name: 'names are compressed: three addresses take 16 bytes each',
    async check(edge) {
      const { bytes } = await ask(edge, article)
      assert.equal(bytes.length, query(article.split(' ')[0] ?? '', 1).length + 3 * 16)
    },
  },
  {
    name: '_snapshot TXT describes the snapshot behind the answers',
    async check(edge) {
      const said = show(await ask(edge, '_snapshot.cluster.local TXT'))
      assert.match(
        said,
        /an: _snapshot\.cluster\.local 0 TXT cluster=dev generation=\d+ asOf=\S+ age=\d+s state=static/,
      )
    },
  },
  {
    name: 'a request that is not a query gets a 4xx, never a DNS answer',
    async check(edge) {
      const url = `${edge.url}/dns-query`
      const status = async (path: string, init?: RequestInit): Promise<number> =>
        (await edge.fetch(url + path, init)).status
      const type = { 'content-type': 'application/dns-message' }
      assert.equal(await status(''), 400)
      assert.equal(await status('?dns='), 400)
      assert.equal(await status('?dns=A'), 400)
      assert.equal(await status('?dns=AAABAAAB=='), 400)
      assert.equal(await status('?dns=AAAA&dns=AAAA'), 400)
      assert.equal(await status(`?dns=${'A'.repeat(6_000)}`), 414)
      assert.equal(await status('', { method: 'PUT', body: 'x' }), 405)
      assert.equal(
        await status('', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }),
        415,
      )
      assert.equal(await status('', { method: 'POST', body: new Uint8Array(5_000), headers: type }), 413)
      assert.equal(await status('', { method: 'POST', body: new Uint8Array(5), headers: type }), 400)
      assert.equal(await status('/a/b'), 404)
      assert.equal(await status('/sometoken?dns=AAAA'), 404)
    },
  },
  {
    name: 'a broken question gets FORMERR, an unknown opcode NOTIMP, a later EDNS version BADVERS',
    async check(edge) {
      const good = query('redis.default.svc.cluster.local', 1)
      assert.equal(show(await send(edge, good.subarray(0, good.length - 3))), 'FORMERR rd ra')
      const opcode = good.slice()
      opcode[2] = 0x11
      assert.equal(show(await send(edge, opcode)), 'NOTIMP rd ra')
      const version = query('redis.default.svc.cluster.local', 1, { edns: true })
      const opt = version.length - 11
      version[opt + 6] = 1
      const { bytes } = await send(edge, version)
      assert.equal((bytes[opt + 5] ?? 0) * 16 + ((bytes[3] ?? 0) & 0xf), 16)
    },
  },
  {
    name: 'name and type in the URL get a JSON answer',
    async check(edge) {
      const asked = 'redis.default.svc.cluster.local&type=A'
      const response = await edge.fetch(`${edge.url}/dns-query?name=${asked}`, {
        headers: { accept: 'application/dns-json' },
      })
      assert.equal(response.headers.get('content-type'), 'application/dns-json')
      assert.equal(response.headers.get('cache-control'), 'max-age=5')
      assert.equal(response.headers.get('access-control-allow-origin'), '*')
      const json = (await response.json()) as Record<string, unknown>
      assert.deepEqual(json.Answer, [
        { name: 'redis.default.svc.cluster.local.', type: 1, TTL: 5, data: '10.96.65.65' },
      ])
      const { cluster, state } = json.kubedoh as Record<string, unknown>
      assert.deepEqual({ cluster, state }, { cluster: 'dev', state: 'static' })
      const refused = await edge.fetch(`${edge.url}/dns-query?name=redis..local`)
      assert.equal(refused.status, 400)
      assert.match(((await refused.json()) as { error: string }).error, /label/)
    },
  },
  {
    name: 'HEAD, OPTIONS, /healthz and /status',
    async check(edge) {
      const head = await ask(edge, article, { method: 'HEAD' })
      assert.equal(head.status, 200)
      assert.equal(head.bytes.length, 0)
      const options = await edge.fetch(`${edge.url}/dns-query`, { method: 'OPTIONS' })
      assert.equal(options.status, 204)
      assert.match(options.headers.get('allow') ?? '', /GET, HEAD, POST/)
      assert.equal(await (await edge.fetch(`${edge.url}/healthz`)).text(), 'ok\n')
      const status = (await (await edge.fetch(`${edge.url}/status`)).json()) as {
        clusters: Record<string, unknown>[]
      }
      assert.equal(status.clusters[0]?.cluster, 'dev')
      assert.equal(status.clusters[0]?.state, 'static')
      assert.equal(status.clusters[0]?.lastRefusal, null)
    },
  },
  {
    name: 'the zones of the caller as JSON',
    async check(edge) {
      const response = await edge.fetch(`${edge.url}/zones`)
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('content-type'), 'application/json')
      assert.equal(response.headers.get('cache-control'), 'no-store')
      const { zones, reverse, complete, forward, expires, path } = readEdgeZones(await response.text())
      assert.deepEqual(zones, [
        { name: 'cluster.local', cluster: 'dev', primary: true },
        { name: 'k8s.example.com', cluster: 'dev', primary: false },
      ])
      assert.deepEqual(reverse.toSorted(), ['10.96.0.0/16', '172.16.0.0/12'])
      const rest = { complete: true, forward: false, expires: null, path: '/dns-query' }
      assert.deepEqual({ complete, forward, expires, path }, rest)
      const head = await edge.fetch(`${edge.url}/zones`, { method: 'HEAD' })
      assert.deepEqual([head.status, await head.text()], [200, ''])
      assert.equal((await edge.fetch(`${edge.url}/zones`, { method: 'POST', body: 'x' })).status, 405)
      const wrong = await edge.fetch(`${edge.url}/zones/dev-wrong`)
      assert.deepEqual([wrong.status, await wrong.text()], [404, 'not found\n'])
    },
  },
]
