import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { query } from '../blackbox/ask.ts'
import { run } from '../blackbox/command.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'
import { newKey, publishFile, publishThrough } from '../blackbox/publish.ts'
import { dig, kdig, type Target } from './dig.ts'
import { output, skipWithout } from './program.ts'

const name = 'none-linuxea.default.svc.cluster.local'
const article = {
  status: 'NOERROR',
  flags: 'qr aa rd ra',
  answer: ['172.16.1.42', '172.16.2.44', '172.16.3.46'].map((address) => `${name}. 5 A ${address}`),
  authority: [],
}

/** A Service whose only endpoint is this machine, so that clients can connect to the address that they resolved. */
const onThisMachine = JSON.stringify({
  kind: 'List',
  items: [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'page', namespace: 'default' },
      spec: { clusterIP: 'None' },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'page-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'page' } },
      endpoints: [{ addresses: ['127.0.0.1'] }],
    },
  ],
})

let edge: Awaited<ReturnType<typeof startNodeEdge>>
let target: Target
let dir: string

before(async () => {
  const key = await newKey()
  const keys = [key.publicKey]
  const clusters = [
    { id: 'dev', keys, zones: ['cluster.local'] },
    { id: 'here', keys, zones: ['here.example'] },
  ]
  edge = await startNodeEdge({ public: true, clusters })
  await publishFile(edge, 'dev', key)
  await publishThrough(edge.fetch, edge.url, 'here', key, onThisMachine)
  target = { url: `${edge.url}/dns-query`, caFile: edge.caFile }
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-clients-'))
})
after(async () => {
  await edge?.stop()
  await rm(dir, { recursive: true })
})

/** A test that needs a program. If the program is missing, the test is skipped on a laptop and fails in CI. */
function withProgram(program: string, what: string, check: () => Promise<void>): void {
  test(`${program}: ${what}`, async (t) => {
    const reason = await skipWithout(program)
    if (reason) return t.skip(reason)
    await check()
  })
}

withProgram('dig', "the article's answer, by POST and by GET", async () => {
  assert.deepEqual(await dig(target, name), article)
  const path = new URL(target.url).pathname
  assert.deepEqual(await dig(target, `+https-get=${path}`, name), article)
})

withProgram('dig', 'without EDNS, by type number, and a missing name', async () => {
  assert.deepEqual((await dig(target, '+noedns', name)).answer, article.answer)
  assert.equal((await dig(target, '-t', 'TYPE65', name)).status, 'NOERROR')
  const missing = await dig(target, 'nobody.default.svc.cluster.local')
  assert.equal(missing.status, 'NXDOMAIN')
  assert.match(
    missing.authority[0] ?? '',
    /^cluster\.local\. 5 SOA ns\.dns\.cluster\.local\. hostmaster\.cluster\.local\. \d+ 7200 1800 86400 5$/,
  )
})

withProgram('dig', 'EDNS: another version, options that nobody knows, and the DO bit', async () => {
  const refused = await dig(target, '+edns=1', '+noednsnegotiation', name)
  assert.deepEqual([refused.status, refused.answer], ['BADVERS', []])
  assert.deepEqual(await dig(target, '+ednsopt=65001:c0ffee', '+ednsflags=0x00ff', '+cookie', name), article)
  assert.deepEqual(await dig(target, '+dnssec', '+cdflag', name), { ...article, flags: 'qr aa rd ra cd' })
})

withProgram('dig', 'without recursion desired, and types that no record has', async () => {
  assert.deepEqual(await dig(target, '+norec', name), { ...article, flags: 'qr aa ra' })
  assert.deepEqual((await dig(target, '-t', 'TYPE1', name)).answer, article.answer)
  for (const type of ['TYPE64', 'TYPE257', 'TYPE65280']) {
    const { status, answer, authority } = await dig(target, '-t', type, name)
    assert.deepEqual([status, answer, authority.length], ['NOERROR', [], 1])
  }
})

withProgram('kdig', "the article's answer, by POST and by GET", async () => {
  assert.deepEqual(await kdig(target, name), article)
  assert.deepEqual(await kdig(target, '+https-get', name), article)
})

withProgram(
  'curl',
  'POST and GET over HTTP/2 and HTTP/1.1 have the same bytes but for their order',
  async () => {
    const body = join(dir, 'query.bin')
    await writeFile(body, query(name, 1))
    const lengths: number[] = []
    for (const version of ['--http2', '--http1.1']) {
      const common = ['-sS', '--fail', '--cacert', target.caFile, version, '-o', join(dir, 'answer.bin')]
      const post = ['-H', 'content-type: application/dns-message', '--data-binary', `@${body}`, target.url]
      const get = [
        '-H',
        'accept: application/dns-message',
        `${target.url}?dns=${Buffer.from(query(name, 1)).toString('base64url')}`,
      ]
      for (const how of [post, get]) {
        const said = await output('curl', [...common, '-w', '%{http_version} %{content_type}', ...how])
        assert.equal(said, `${version === '--http2' ? '2' : '1.1'} application/dns-message`)
        const answer = await readFile(join(dir, 'answer.bin'))
        assert.deepEqual(answer.subarray(0, 4), Buffer.from([0, 0, 0x85, 0x80]))
        lengths.push(answer.length)
      }
    }
    assert.deepEqual(lengths, [104, 104, 104, 104])
  },
)

withProgram('curl', '--doh-url: a page by its cluster name, found through the edge alone', async () => {
  const page = createServer((_request, response) => response.end('found'))
  page.listen(0, '127.0.0.1')
  await once(page, 'listening')
  try {
    const { port } = page.address() as AddressInfo
    const url = `http://page.default.svc.here.example:${port}/`
    assert.equal(
      await output('curl', ['-sS', '--cacert', target.caFile, '--doh-url', target.url, url]),
      'found',
    )
  } finally {
    page.close()
  }
})

withProgram('jq', 'curl | jq reads the answer as JSON', async () => {
  const url = `${target.url}?name=${name}&type=A`
  const pipe = 'curl -sS --fail --cacert "$0" "$1" | jq -r ".Answer[].data"'
  const lines = (await output('sh', ['-c', pipe, target.caFile, url])).trim().split('\n')
  assert.deepEqual(lines.toSorted(), ['172.16.1.42', '172.16.2.44', '172.16.3.46'])
})

test('kubedoh query prints the same as dig', async () => {
  const { code, stdout } = await run(['query', '--url', target.url, '--ca', target.caFile, name, 'A'])
  assert.equal(code, 0)
  assert.match(stdout, /status: NOERROR/)
  assert.match(stdout, /flags: qr aa rd ra;/)
  for (const address of ['172.16.1.42', '172.16.2.44', '172.16.3.46']) assert.ok(stdout.includes(address))
})
