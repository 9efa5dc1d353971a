import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { waitFor } from '../wait-for.ts'
import type { EdgeUnderTest, TestConfig } from './edge-under-test.ts'
import { startNodeEdge } from './node-edge.ts'
import { newKey, publishThrough } from './publish.ts'
import { policyWithToken } from './token-policy.ts'
import { startWorkerdEdge } from './workerd-edge.ts'

/* The set-up page and its look-up over HTTP, on both runtimes: a token sees it, and everything else is an unknown path. */

const objects = await readFile(new URL('../../examples/objects.yaml', import.meta.url), 'utf8')
const windows = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)' }
const policies = new Map<string, string>()

function setUpPage(runtime: string, start: (config: TestConfig) => Promise<EdgeUnderTest>): void {
  describe(`the set-up page on ${runtime}`, () => {
    let edge: EdgeUnderTest
    let token: string
    const get = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
      const response = await edge.fetch(edge.url + path, { headers })
      return { status: response.status, headers: response.headers, body: await response.text() }
    }

    before(async () => {
      const key = await newKey()
      const reverse = ['10.96.0.0/16']
      const clusters = [
        { id: 'dev', keys: [key.publicKey], zones: ['cluster.local', 'dev.internal'], reverse },
      ]
      edge = await start({ public: false, clusters })
      const policy = await policyWithToken('dev', { namespaces: ['default'] })
      token = policy.token
      await publishThrough(edge.fetch, edge.url, 'dev', key, objects, Date.now, policy.source)
      await waitFor('the token is valid', async () => (await get(`/setup/${token}`)).status === 200)
    })
    after(() => edge?.stop())

    test('it shows the way of the client’s system, and a look-up without the script', async () => {
      const { headers, body } = await get(`/setup/${token}`, windows)
      assert.match(headers.get('content-type') ?? '', /^text\/html/)
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'sha256-/)
      assert.match(body, /value="windows" checked/)
      assert.ok(body.length < 50_000)
      policies.set(runtime, headers.get('content-security-policy') ?? '')
      const alias = await get(`/setup/${token}?name=web-alias.default.svc.cluster.local&type=A`)
      assert.match(
        alias.body,
        /is an alias of none-linuxea\.default\.svc\.cluster\.local, which has 3 IPv4 addresses/,
      )
      assert.match(alias.body, /status: NOERROR/)
      const hidden = await get(`/setup/${token}?name=legacy.prod.svc.cluster.local`)
      assert.match(
        hidden.body,
        /does not exist in cluster dev, or it is in a namespace that your token may not see/,
      )
    })

    test('names of the token’s namespaces are completed, and no others', async () => {
      const { headers, body } = await get(`/setup/${token}/names?prefix=`)
      assert.equal(headers.get('content-type'), 'application/json')
      const { names, complete } = JSON.parse(body) as { names: { name: string }[]; complete: boolean }
      assert.ok(complete && names.length > 3)
      for (const { name } of names) assert.match(name, /\.default\.svc\.cluster\.local$/)
      assert.match(
        (await get(`/setup/${token}/names?prefix=redis`)).body,
        /"name":"redis\.default\.svc\.cluster\.local","kind":"cluster","ports":\[\{"name":"[a-z]*","protocol":"tcp","port":6379\}\]/,
      )
    })

    test('the files of the page are those of the token', async () => {
      const { headers, body } = await get(`/setup/${token}/kubedoh.mobileconfig`)
      assert.equal(headers.get('content-type'), 'application/x-apple-aspen-config')
      assert.ok(body.includes(`/dns-query/${token}</string>`))
      assert.match(body, /<string>dev\.internal<\/string>/)
      for (const file of ['kubedoh.ps1', 'kubedoh-resolved.conf', 'policies.json', 'kubedoh-stamp.txt'])
        assert.equal((await get(`/setup/${token}/${file}`)).status, 200, file)
    })

    test('without a valid token it is refused as the DoH path is', async () => {
      const nowhere = await get('/nowhere')
      assert.equal(nowhere.status, 404)
      for (const path of [
        `/setup/${token}x`,
        '/setup/dev-nothing',
        `/setup/${token}/nothing`,
        '/setup/dev-nothing/names',
        '/setup/dev-nothing/kubedoh.ps1',
      ]) {
        const { status, body } = await get(path)
        assert.deepEqual([status, body], [404, nowhere.body], path)
      }
      const [page, doh] = [await get('/setup'), await get('/dns-query?name=a.cluster.local')]
      assert.deepEqual([page.status, doh.status], [401, 401])
    })
  })
}

setUpPage('Node', startNodeEdge)
setUpPage('workerd', startWorkerdEdge)

test('both runtimes send the same style and script', () =>
  assert.equal(policies.get('Node'), policies.get('workerd')))
