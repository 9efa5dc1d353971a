import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type Dig, dig, namespace, service } from '../../test/dig.ts'
import { waitFor } from '../../test/wait-for.ts'
import { answerTo, type Line, type Said, soa, startUpstream, type Upstream, wire } from './upstream.case.ts'

/* A scripted DoH server on 127.0.0.1 sends the answers of ordinary resolvers and of hostile ones. */

let upstream: Upstream
let at: Dig
before(async () => {
  upstream = await startUpstream()
})
after(() => upstream.stop())

const objects = [
  namespace('x'),
  service('x/out', { type: 'ExternalName', externalName: 'www.example.com' }),
  service('x/never', { type: 'ExternalName', externalName: 'printer.local' }),
]
const a: Line = [undefined, 1, 60, [192, 0, 2, 1]]

beforeEach(async () => {
  upstream.asked.length = 0
  upstream.say = (query) => answerTo(query, [a])
  at = await start(true)
})

function start(forward: boolean): Promise<Dig> {
  return dig([{ objects, build: { domain: 'native.example' }, zones: ['k8s.example.org'] }], {
    upstream: { urls: [upstream.url], timeoutMs: 2_000, forward, cacheBytes: 100_000 },
  })
}

test('a name outside the zones is forwarded: not authoritative, cached, with a TTL that counts down', async () => {
  const { answers, authoritative, response } = await at.ask('www.Example.com A').read()
  assert.deepEqual(answers, ['www.Example.com. 60 IN A 192.0.2.1'])
  assert.equal(authoritative, false)
  assert.equal(response.headers['cache-control'], 'max-age=60')
  at.clock.advance(20_000)
  assert.deepEqual((await at.ask('www.example.com A').read()).answers, ['www.example.com. 40 IN A 192.0.2.1'])
  assert.equal(upstream.asked.length, 1)
  at.clock.advance(40_000)
  await at.ask('www.example.com A').read()
  assert.deepEqual(upstream.asked, ['www.example.com. 1', 'www.example.com. 1'])
})

test('upstream gets only the question: id 0, and no option except padding to 128 bytes', async () => {
  await at.ask('www.example.com A').read()
  const query = upstream.queries.at(-1) ?? new Uint8Array()
  assert.equal(query.length, 128)
  assert.deepEqual([...query.subarray(0, 12)], [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1])
  assert.equal(Buffer.from(query).readUInt16BE(12 + 17 + 4 + 11), 12)
})

test('records of every type are passed on byte for byte, with pointers expanded', async () => {
  upstream.say = (query) =>
    answerTo(query, [
      [undefined, 65, 60, [0, 1, 0, 0, 1, 0, 3, 2, 104, 50]],
      [undefined, 15, 60, [0, 10, 0xc0, 12]],
      [undefined, 65280, 60, [0xc0, 12, 255]],
    ])
  const { message } = await at.ask('www.example.com HTTPS').read()
  assert.deepEqual(
    message.sections[0].map(({ type, rdata }) => [type, rdata.join()]),
    [
      [65, '\0\x01\0\0\x01\0\x03\x02h2'],
      [15, '\0\x0a\x03www\x07example\x03com\0'],
      [65280, '\xc0\x0c\xff'],
    ],
  )
})

test('negative answers are cached as long as their SOA allows, and not at all without one', async () => {
  upstream.say = (query) => answerTo(query, [], { rcode: 3, authority: [soa('com', 900, 30)] })
  const { rcode, response } = await at.ask('no.example.com A').read()
  assert.equal(rcode, 'NXDOMAIN')
  assert.equal(response.headers['cache-control'], 'max-age=30')
  at.clock.advance(29_000)
  await at.ask('no.example.com A').read()
  assert.equal(upstream.asked.length, 1)
  at.clock.advance(1_000)
  upstream.say = (query) => answerTo(query, [])
  for (let time = 0; time < 2; time++) {
    const bare = await at.ask('no.example.com A').read()
    assert.equal(bare.response.headers['cache-control'], 'no-store')
  }
  assert.equal(upstream.asked.length, 3)
})

test('a negative answer’s TTL counts down from the smaller of its SOA’s TTL and minimum', async () => {
  upstream.say = (query) => answerTo(query, [], { rcode: 3, authority: [soa('com', 900, 30)] })
  await at.ask('no.example.com A').read()
  at.clock.advance(29_000)
  const { response, authority } = await at.ask('no.example.com A').read()
  assert.equal(response.headers['cache-control'], 'max-age=1')
  assert.match(authority[0] ?? '', /^com\. 1 IN SOA /)
})

test('a negative answer without SOA is not cached for the TTL of its aliases', async () => {
  const cdn: Line = [undefined, 5, 30, wire('cdn.example.net')]
  for (const rcode of [0, 3]) {
    upstream.say = (query) => answerTo(query, [cdn], { rcode })
    for (const question of ['www.example.com A', 'out.x.svc.k8s.example.org AAAA']) {
      upstream.asked.length = 0
      for (let time = 0; time < 2; time++) {
        const { answers, response } = await at.ask(question).read()
        assert.match(answers.at(-1) ?? '', / CNAME cdn\.example\.net\.$/)
        assert.equal(response.headers['cache-control'], 'no-store')
      }
      assert.equal(upstream.asked.length, 2)
    }
  }
})

test('a referral is treated as a negative answer without SOA', async () => {
  upstream.say = (query) => answerTo(query, [], { authority: [['com', 2, 900, wire('ns.example.com')]] })
  const { response } = await at.ask('www.example.com A').read()
  assert.equal(response.headers['cache-control'], 'no-store')
})

test('the answer to an SOA query is not taken for a negative answer', async () => {
  upstream.say = (query) => answerTo(query, [soa('example.com', 900, 30)])
  const { response } = await at.ask('example.com SOA').read()
  assert.equal(response.headers['cache-control'], 'max-age=900')
  at.clock.advance(60_000)
  assert.match((await at.ask('example.com SOA').read()).answers[0] ?? '', / 840 IN SOA /)
  assert.equal(upstream.asked.length, 1)
})

test('forwarded addresses keep upstream’s order, and the addresses of an alias are shuffled', async () => {
  const said = [1, 2, 3].map((last): Line => [undefined, 1, 60, [192, 0, 2, last]])
  upstream.say = (query) => answerTo(query, said)
  const order = async (question: string): Promise<string> =>
    (await at.ask(question).read()).answers.map((line) => line.match(/ A .*(\d)$/)?.[1] ?? '').join('')
  assert.equal(await order('www.example.com A'), '123')
  assert.equal(await order('out.x.svc.k8s.example.org A'), '132')
})

test('DO and CD are forwarded, and answers are cached separately for each combination', async () => {
  const flagsOf = (query: Uint8Array | undefined): number[] => {
    const bytes = Buffer.from(query ?? [])
    return [bytes.readUInt16BE(2), bytes.readUInt16BE(12 + 17 + 4 + 7)]
  }
  const ways = [
    [{}, [0x0100, 0]],
    [{ dnssecOk: true }, [0x0100, 0x8000]],
    [{ flags: 0x0110 }, [0x0110, 0]],
    [{ flags: 0x0110, dnssecOk: true }, [0x0110, 0x8000]],
  ] as const
  for (const [options, flags] of ways) {
    await at.ask('www.example.com A', options).read()
    assert.deepEqual(flagsOf(upstream.queries.at(-1)), flags)
  }
  for (const [options] of ways) await at.ask('www.example.com A', options).read()
  assert.equal(upstream.asked.length, ways.length)
  // The addresses of an alias are cached once for all flags.
  for (const [options] of ways) await at.ask('out.x.svc.k8s.example.org A', options).read()
  assert.equal(upstream.asked.length, ways.length)
})

test('the least recently used answer is evicted when the cache is full', async () => {
  const long = Array(30_000).fill(1) as number[]
  upstream.say = (query) => answerTo(query, [[undefined, 65280, 600, long]])
  const read = (label: string): Promise<unknown> => at.ask(`${label}.example.com TYPE65280`).read()
  for (const label of ['a', 'b', 'c', 'a', 'd']) await read(label)
  assert.equal(upstream.asked.length, 4)
  for (const label of ['a', 'c', 'd']) await read(label)
  assert.equal(upstream.asked.length, 4)
  await read('b')
  assert.equal(upstream.asked.length, 5)
})

test('the second URL is asked when the first one answers wrongly or not at all', async () => {
  const second = await startUpstream()
  try {
    second.say = (query) => answerTo(query, [a])
    const both = { urls: [upstream.url, second.url], timeoutMs: 2_000, forward: true, cacheBytes: 100_000 }
    at = await dig([{ objects }], { upstream: both })
    upstream.say = () => ({ status: 500 })
    assert.equal((await at.ask('www.example.com A').read()).rcode, 'NOERROR')
    upstream.say = () => {
      setImmediate(() => at.clock.advance(2_000))
      return { hang: true }
    }
    assert.equal((await at.ask('silent.example.com A').read()).rcode, 'NOERROR')
    assert.deepEqual(second.asked, ['www.example.com. 1', 'silent.example.com. 1'])
    upstream.say = (query) => answerTo(query, [a])
    await at.ask('well.example.com A').read()
    assert.equal(second.asked.length, 2)
  } finally {
    await second.stop()
  }
})

test('consecutive questions share one connection', async () => {
  const earlier = upstream.connections()
  for (let count = 0; count < 10; count++) await at.ask(`n${count}.example.com A`).read()
  assert.equal(upstream.asked.length, 10)
  assert.ok(upstream.connections() - earlier <= 1, `${upstream.connections() - earlier} connections`)
})

test('no cluster’s root decides what is forwarded: native domains are in the configuration', async () => {
  const later = { id: 'later', objects, zones: ['later.example.org'], build: { domain: 'native.later' } }
  const sites = [{ objects, zones: ['k8s.example.org'] }, later]
  at = await dig(sites, {
    upstream: { urls: [upstream.url], timeoutMs: 2_000, forward: true, cacheBytes: 100_000 },
  })
  at.kv.entries.delete('later/root')
  for (const question of ['web.x.svc.native.later A', '10-0-0-1.x.pod.native.later A'])
    await at.ask(question).error(20).refused()
  await at.ask('web.x.svc.elsewhere.example A').read()
  assert.deepEqual(upstream.asked, ['web.x.svc.elsewhere.example. 1'])
})

test('a forwarded query does not wait for the store', async () => {
  at.kv.get = () => new Promise(() => undefined)
  assert.equal((await at.ask('www.example.com A').read()).rcode, 'NOERROR')
  assert.deepEqual(upstream.asked, ['www.example.com. 1'])
})

const never = [
  ['web A', 'REFUSED'],
  ['web.native.example A', 'REFUSED'],
  ['printer.local A', 'NXDOMAIN'],
  ['x.INTERNAL A', 'NXDOMAIN'],
  ['x.invalid A', 'NXDOMAIN'],
  ['x.test A', 'NXDOMAIN'],
  ['x.onion A', 'NXDOMAIN'],
  ['x.home.arpa A', 'NXDOMAIN'],
  ['1.1.168.192.in-addr.arpa PTR', 'NXDOMAIN'],
  ['x.resolver.arpa A', 'NOERROR'],
  ['_dns.resolver.arpa SVCB', 'NOERROR'],
  ['localhost A', 'NOERROR'],
  ['a.localhost AAAA', 'NOERROR'],
  ['nope.x.svc.k8s.example.org A', 'NXDOMAIN'],
] as const
for (const [question, expected] of never) {
  test(`${question} is never forwarded`, async () => {
    assert.equal((await at.ask(question).read()).rcode, expected)
    assert.deepEqual(upstream.asked, [])
  })
}

test('in a special-use domain only the zones of the edge and the names above them exist', async () => {
  at = await dig([{ objects, zones: ['native.example', 'prod.internal', 'k8s.corp.internal'] }], {
    upstream: { urls: [upstream.url], timeoutMs: 2_000, forward: true, cacheBytes: 100_000 },
  })
  await at.ask('prod.internal A').nodata('prod.internal')
  await at.ask('corp.internal A').nodata('internal')
  await at.ask('internal A').nodata('internal')
  for (const name of ['metadata.google.internal', 'x.corp.internal', 'orp.internal'])
    await at.ask(`${name} A`).nxdomain('internal')
  assert.deepEqual(upstream.asked, [])
})

test('the names that clients probe resolvers with are forwarded', async () => {
  for (const probe of ['. NS', 'example.com NS', 'x.test.dnscrypt A']) await at.ask(probe).read()
  assert.deepEqual(upstream.asked, ['. 2', 'example.com. 2', 'x.test.dnscrypt. 1'])
})

test('without forwarding, names outside the zones are refused, and aliases are still completed', async () => {
  at = await start(false)
  await at.ask('www.example.com A').error(20).refused()
  await at.ask('printer.local A').error(20).refused()
  assert.deepEqual(upstream.asked, [])
  await at.ask('out.x.svc.k8s.example.org A').answers`
    out.x.svc.k8s.example.org. 5 IN CNAME www.example.com.
    www.example.com. 60 IN A 192.0.2.1`
})

test('an alias is answered with upstream’s chain, NXDOMAIN or NODATA', async () => {
  const cdn: Line = [undefined, 5, 30, wire('cdn.example.net')]
  upstream.say = (query) => answerTo(query, [cdn, ['cdn.example.net', 1, 3, [192, 0, 2, 2]]])
  const { answers, response } = await at.ask('out.x.svc.k8s.example.org A').read()
  assert.deepEqual(answers.slice(1), [
    'www.example.com. 30 IN CNAME cdn.example.net.',
    'cdn.example.net. 3 IN A 192.0.2.2',
  ])
  assert.equal(response.headers['cache-control'], 'max-age=3')
  upstream.say = (query) => answerTo(query, [], { rcode: 3, authority: [soa('example.com', 9, 9)] })
  await at.ask('out.x.svc.k8s.example.org AAAA').behind`
    out.x.svc.k8s.example.org. 5 IN CNAME www.example.com.`.nxdomain('example.com')
  upstream.say = (query) => answerTo(query, [], { authority: [soa('example.com', 9, 9)] })
  await at.ask('out.x.svc.k8s.example.org TXT').behind`
    out.x.svc.k8s.example.org. 5 IN CNAME www.example.com.`.nodata('example.com')
})

test('an alias is answered without its target for CNAME and ANY, and if the target must not be forwarded', async () => {
  for (const type of ['CNAME', 'ANY'])
    await at.ask(`out.x.svc.k8s.example.org ${type}`)
      .answers`out.x.svc.k8s.example.org. 5 IN CNAME www.example.com.`
  await at.ask('never.x.svc.k8s.example.org A')
    .answers`never.x.svc.k8s.example.org. 5 IN CNAME printer.local.`
  assert.deepEqual(upstream.asked, [])
})

test('upstream’s records of our own names, and of names that were not asked for, are ignored', async () => {
  upstream.say = (query) =>
    answerTo(query, [
      [undefined, 5, 30, wire('web.x.svc.k8s.example.org')],
      ['web.x.svc.k8s.example.org', 1, 3, [192, 0, 2, 66]],
      ['other.example.com', 1, 3, [192, 0, 2, 66]],
    ])
  await at.ask('out.x.svc.k8s.example.org A').answers`
    out.x.svc.k8s.example.org. 5 IN CNAME www.example.com.
    www.example.com. 30 IN CNAME web.x.svc.k8s.example.org.`
})

test('the answer for a forwarded name ends at the alias that points to our own zone', async () => {
  upstream.say = (query) =>
    answerTo(
      query,
      [
        [undefined, 5, 30, wire('web.x.svc.k8s.example.org')],
        ['web.x.svc.k8s.example.org', 1, 3, [192, 0, 2, 66]],
      ],
      { rcode: 3, authority: [soa('k8s.example.org', 9, 9)] },
    )
  const { answers, authority, rcode } = await at.ask('WWW.example.com A').read()
  assert.deepEqual(answers, ['WWW.example.com. 30 IN CNAME web.x.svc.k8s.example.org.'])
  assert.deepEqual([rcode, authority], ['NOERROR', []])
  upstream.say = (query) => answerTo(query, [a, ['web.x.svc.k8s.example.org', 1, 3, [192, 0, 2, 66]]])
  assert.deepEqual((await at.ask('beside.example.com A').read()).answers.length, 1)
})

test('an endless alias chain from upstream is SERVFAIL with an error text', async () => {
  const loop: Line = [undefined, 5, 30, [0xc0, 12]]
  upstream.say = (query) => answerTo(query, [loop])
  await at.ask('out.x.svc.k8s.example.org A').error(0).servfail(true)
})

const broken =
  (change: (bytes: Uint8Array) => void) =>
  (query: Uint8Array): Said => {
    const bytes = answerTo(query, [a])
    change(bytes)
    return bytes
  }
const hostile: Readonly<Record<string, (query: Uint8Array) => Said>> = {
  'a different id': broken((bytes) => (bytes[1] = 1)),
  'a query': broken((bytes) => (bytes[2] = 1)),
  'a different opcode': broken((bytes) => (bytes[2] = 0x91)),
  'a truncated message': broken((bytes) => (bytes[2] = 0x83)),
  'a different question': broken((bytes) => (bytes[13] = 0x78)),
  'a record count that is too high': broken((bytes) => (bytes[7] = 2)),
  'a pointer to itself': (query) => {
    const bytes = answerTo(query, [a])
    bytes[bytes.length - 15] = bytes.length - 16
    return bytes
  },
  SERVFAIL: (query) => answerTo(query, [], { rcode: 2 }),
  REFUSED: (query) => answerTo(query, [], { rcode: 5 }),
  'a short address': (query) => answerTo(query, [[undefined, 1, 60, [1]]]),
  'an empty body': () => new Uint8Array(),
  'a body that is too long': () => new Uint8Array(70_000),
  'HTTP 204': () => ({ status: 204 }),
  'HTTP 500': () => ({ status: 500 }),
  'a redirect': () => ({ status: 301 }),
  HTML: () => ({ type: 'text/html' }),
}
for (const [what, say] of Object.entries(hostile)) {
  test(`${what} from upstream is retried once, then SERVFAIL with EDE 22, cached for five seconds`, async () => {
    upstream.say = say
    const { response } = await at.ask('www.example.com A').error(22).servfail()
    assert.equal(response.headers['cache-control'], 'no-store')
    assert.equal(upstream.asked.length, 2)
    await at.ask('out.x.svc.k8s.example.org A').error(22).servfail(true)
    at.clock.advance(5_000)
    upstream.say = (query) => answerTo(query, [a])
    assert.equal((await at.ask('www.example.com A').read()).answers.length, 1)
  })
}

test('a refused connection is EDE 23', async () => {
  at = await dig([{ objects }], {
    upstream: { urls: ['http://127.0.0.1:1/'], timeoutMs: 2_000, forward: true, cacheBytes: 1 },
  })
  await at.ask('www.example.com A').error(23).servfail()
})

test('equal questions at the same time share one request', async () => {
  await Promise.all([1, 2, 3].map(() => at.ask('www.example.com A').read()))
  assert.equal(upstream.asked.length, 1)
})

test('an alias from a stale snapshot has EDE 3, and its target is still resolved', async () => {
  at.clock.advance(20 * 60_000)
  upstream.say = (query) => answerTo(query, [], { rcode: 3, authority: [soa('example.com', 9, 9)] })
  await at.ask('out.x.svc.k8s.example.org A').error(3).behind`
    out.x.svc.k8s.example.org. 5 IN CNAME www.example.com.`.nxdomain('example.com')
})

test('an alias from an expired snapshot is not resolved, and its error names the reason', async () => {
  await at.ask('out.x.svc.k8s.example.org A').read()
  at.clock.advance(25 * 60 * 60_000)
  upstream.say = () => ({ status: 500 })
  const { error } = await at.ask('out.x.svc.k8s.example.org A').error(14).servfail()
  assert.match(error?.text ?? '', /^cluster test was last seen/)
  assert.equal(upstream.asked.length, 1)
  await at.ask('www.example.com A').error(22).servfail()
})

test('of one caller 128 questions wait for a silent upstream, and further ones fail at once', async () => {
  let waiting = 0
  upstream.say = () => ({ hang: true, ...(waiting++, {}) })
  const asked = Array.from({ length: 128 }, (_, type) =>
    at.ask(`out.x.svc.k8s.example.org TYPE${1_000 + type}`).read(),
  )
  await waitFor('the questions', () => waiting === 128)
  await at.ask('www.example.com A').error(23).servfail()
  assert.equal((await at.ask('x.svc.k8s.example.org A').read()).rcode, 'NOERROR')
  for (let attempt = 0; attempt < 2; attempt++) {
    await waitFor('the attempts', () => waiting >= 128 * (attempt + 1))
    at.clock.advance(2_000)
  }
  for (const { rcode } of await Promise.all(asked)) assert.equal(rcode, 'SERVFAIL')
  upstream.say = (query) => answerTo(query, [a])
  assert.equal((await at.ask('www.example.com A').read()).rcode, 'NOERROR')
})
