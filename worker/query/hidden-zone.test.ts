import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { tokenSha256 } from '../../snapshot/policy/token.case.ts'
import { type Dig, dig, namespace } from '../../test/dig.ts'
import { answerTo, soa, startUpstream, type Upstream } from '../upstream/upstream.case.ts'

/* The holder of a token with `forward` looks for zones of another cluster. */

let upstream: Upstream
let at: Dig
const token = `mine-${'a'.repeat(26)}`
const objects = [namespace('x')]
const mine = {
  ...{ id: 'mine', objects, zones: ['mine.example.org'] },
  policy: `version: 1\ntokens: [{ name: a, sha256: ${tokenSha256(token)}, all: true, forward: true }]\n`,
}
const other = {
  ...{ id: 'other', objects, build: { domain: 'native.example.com' } },
  zones: ['prod.k8s.example.com', 'k8s.example.com', 'single', 'zone.corp.internal'],
  reverse: ['8.8.8.0/24'],
}

before(async () => {
  upstream = await startUpstream()
})
after(() => upstream.stop())
beforeEach(async () => {
  upstream.asked.length = 0
  upstream.say = (query) => answerTo(query, [], { rcode: 3, authority: [soa('example.com', 300, 60)] })
  at = await dig([mine, other], {
    ...{ public: false },
    upstream: { urls: [upstream.url], timeoutMs: 2_000, forward: false, cacheBytes: 100_000 },
  })
})

/** The response to a question of the token's holder: status, headers, and bytes after the question. */
async function ask(name: string, type = 'A'): Promise<unknown> {
  const { response } = await at.ask(`${name} ${type}`, { path: `/dns-query/${token}` }).read()
  const { status, headers, body } = response
  assert.ok(body instanceof Uint8Array)
  return [status, headers, [...body.subarray(0, 12), ...body.subarray(12 + name.length + 2)]]
}

const hidden = [
  'web.x.svc.prod.k8s.example.com',
  'prod.k8s.example.com',
  'web.x.svc.k8s.example.com',
  'web.x.svc.native.example.com',
]
for (const name of hidden)
  test(`a name in a zone of another cluster has the answer of one that does not exist: ${name}`, async () => {
    const label = name.replace('example.com', '')
    const free = `${'n'.repeat(label.length - 1)}.example.com`
    assert.deepEqual(await ask(name), await ask(free))
    assert.equal(upstream.asked.length, 2)
    assert.match(upstream.asked[0] ?? '', /^[a-z0-9]{16}\.example\.com\. 1$/)
    // Again: both are in the cache.
    assert.deepEqual(await ask(name), await ask(free))
    assert.equal(upstream.asked.length, 2)
  })

test('each hidden name asks upstream by itself, and the label tells nothing about the name', async () => {
  await ask('a.k8s.example.com')
  await ask('b.k8s.example.com')
  const first = [...upstream.asked]
  assert.equal(new Set(first).size, 2)
  const again = await dig(
    [mine, other],
    {
      ...{ public: false },
      upstream: { urls: [upstream.url], timeoutMs: 2_000, forward: false, cacheBytes: 100_000 },
    },
    undefined,
  )
  at = again
  await ask('a.k8s.example.com')
  assert.ok(upstream.asked.every((asked) => !asked.includes('k8s')))
})

test('a wildcard above the hidden zone answers as it does for other names', async () => {
  upstream.say = (query) => answerTo(query, [[undefined, 1, 60, [192, 0, 2, 1]]])
  const { answers } = await at.ask('Web.k8s.example.com A', { path: `/dns-query/${token}` }).read()
  assert.deepEqual(answers, ['Web.k8s.example.com. 60 IN A 192.0.2.1'])
})

test('reverse zones of another cluster are hidden in the same way', async () => {
  await ask('7.8.8.8.in-addr.arpa', 'PTR')
  assert.match(upstream.asked[0] ?? '', /^[a-z0-9]{16}\.8\.8\.in-addr\.arpa\. 12$/)
})

test('below special-use domains and in zones of one label nothing is sent', async () => {
  const reply = async (name: string): Promise<string> =>
    (await at.ask(`${name} A`, { path: `/dns-query/${token}` }).read()).rcode
  assert.equal(await reply('web.x.svc.zone.corp.internal'), 'NXDOMAIN')
  assert.equal(await reply('corp.internal'), 'NXDOMAIN')
  assert.equal(await reply('web.x.svc.single'), 'REFUSED')
  assert.deepEqual(upstream.asked, [])
})
