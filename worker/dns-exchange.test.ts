import assert from 'node:assert/strict'
import { randomFillSync } from 'node:crypto'
import { test } from 'node:test'
import { optRecord, queryBytes } from '../dns/arbitrary.case.ts'
import { RCODE } from '../dns/code.ts'
import { type DecodedMessage, strictDecode } from '../dns/message/strict-decode.case.ts'
import { nameFromText } from '../dns/name.ts'
import { tokenSha256 } from '../snapshot/policy/token.case.ts'
import { newToken } from '../snapshot/policy/token.ts'
import { type Dig, dig, endpoint, namespace, service, slice } from '../test/dig.ts'
import { type DnsRequest, exchangeDns } from './dns-exchange.ts'
import { get, startMs } from './edge.case.ts'

const dotHost = 'dns.example.com'
const newOne = (): string => newToken('test', (bytes) => randomFillSync(bytes))
const [dotToken, pathToken] = [newOne(), newOne()]

const objects = [
  ...['dev', 'prod'].map((name) => namespace(name)),
  service('dev/web', { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] }),
  service('prod/web', { clusterIP: '10.96.0.2', clusterIPs: ['10.96.0.2'] }),
  service('prod/db', { clusterIP: 'None', clusterIPs: ['None'] }),
  slice(
    'prod/db',
    Array.from({ length: 100 }, (_, index) => endpoint(`10.244.0.${index + 1}`)),
  ),
]
const tokens = `tokens:
  - { name: dot, sha256: ${tokenSha256(dotToken)}, namespaces: [dev], doors: [dot] }
  - { name: path, sha256: ${tokenSha256(pathToken)}, all: true }
`
const policy = `version: 1
${tokens}networks:
  - { cidr: 10.0.0.0/8, namespaces: [dev] }
  - { cidr: 10.1.0.0/16, all: true }
  - { cidr: 'fd00::/8', all: true, forward: true }
`
const [dev, prod, db] = ['web.dev', 'web.prod', 'db.prod'].map((name) => `${name}.svc.cluster.local`) as [
  string,
  string,
  string,
]

const message = (name: string, hasOpt = false): Uint8Array =>
  queryBytes(nameFromText(name), { id: 7, ...(hasOpt && { additional: [optRecord()] }) })

async function send(edge: Dig, given: Partial<DnsRequest>): Promise<DecodedMessage | undefined> {
  const running: Promise<unknown>[] = []
  const request = {
    bytes: message(dev),
    transport: 'udp',
    peer: '10.2.3.4',
    serverName: undefined,
    maxBytes: 65_535,
    ...given,
  } as const
  const answer = await exchangeDns(request, edge.edge, { waitUntil: (promise) => void running.push(promise) })
  await Promise.allSettled(running)
  return answer && strictDecode(answer)
}

async function rcodeOf(edge: Dig, given: Partial<DnsRequest>): Promise<number | undefined> {
  const answer = await send(edge, given)
  return answer && answer.flags & 0xf
}

test('the narrowest network of the policy with the source address decides what is visible', async () => {
  const edge = await dig([{ objects, policy }], { public: false })
  // Twice, since the second answer may come from the cache.
  for (const [peer, name, expected] of [
    ['10.2.3.4', dev, RCODE.NOERROR],
    ['10.2.3.4', prod, RCODE.NXDOMAIN],
    ['::ffff:10.2.3.4', prod, RCODE.NXDOMAIN],
    ['10.1.3.4', prod, RCODE.NOERROR],
    ['fd12::1', prod, RCODE.NOERROR],
    ['192.0.2.1', dev, RCODE.REFUSED],
    ['127.0.0.1', dev, RCODE.REFUSED],
    ['fe80::1%eth0', dev, RCODE.REFUSED],
  ] as const)
    for (const _ of [1, 2])
      assert.equal(await rcodeOf(edge, { peer, bytes: message(name) }), expected, `${peer} ${name}`)
})

test('networks do not count over HTTP', async () => {
  const edge = await dig([{ objects, policy }], { public: false })
  const text = Buffer.from(message(dev)).toString('base64url')
  const response = await edge.send({ ...get(`/dns-query?dns=${text}`), peer: '10.1.3.4' })
  assert.equal(response.status, 401)
})

test('without a network `anonymous` decides', async () => {
  const edge = await dig([{ objects, policy: `${policy}anonymous:\n  namespaces: [prod]\n` }])
  assert.equal(await rcodeOf(edge, { peer: '192.0.2.1', bytes: message(prod) }), RCODE.NOERROR)
  assert.equal(await rcodeOf(edge, { peer: '192.0.2.1', bytes: message(dev) }), RCODE.NXDOMAIN)
})

test('without a policy an edge that is not public answers loopback addresses only', async () => {
  const edge = await dig([{ objects }], { public: false })
  assert.equal(await rcodeOf(edge, { peer: '127.0.0.1' }), RCODE.NOERROR)
  assert.equal(await rcodeOf(edge, { peer: '::1' }), RCODE.NOERROR)
  assert.equal(await rcodeOf(edge, { peer: '10.1.3.4' }), RCODE.REFUSED)
  const open = await dig([{ objects }])
  assert.equal(await rcodeOf(open, { peer: '192.0.2.1' }), RCODE.NOERROR)
})

test('a policy that changes decides about the next query', async () => {
  const edge = await dig([{ objects, policy }], { public: false })
  assert.equal(await rcodeOf(edge, {}), RCODE.NOERROR)
  await edge.publish({ objects, policy: `version: 1\n${tokens}`, root: { generation: startMs + 1_000 } })
  const running: Promise<unknown>[] = []
  edge.edge.reader.wake('test', { waitUntil: (promise) => void running.push(promise) })
  while (running.length > 0) await Promise.all(running.splice(0))
  assert.equal(await rcodeOf(edge, {}), RCODE.REFUSED)
})

test('a token in the server name of TLS opens its namespaces, and only as first label before dotHost', async () => {
  const edge = await dig([{ objects, policy }], { public: false, dotHost })
  const ask = (serverName: string | undefined, name: string): Promise<number | undefined> =>
    rcodeOf(edge, { transport: 'dot', peer: '192.0.2.1', serverName, bytes: message(name) })
  for (const _ of [1, 2]) {
    assert.equal(await ask(`${dotToken}.${dotHost}`, dev), RCODE.NOERROR)
    assert.equal(await ask(`${dotToken.toUpperCase()}.DNS.example.com`, dev), RCODE.NOERROR)
    assert.equal(await ask(`${dotToken}.${dotHost}`, prod), RCODE.NXDOMAIN)
  }
  for (const name of [
    `${newOne()}.${dotHost}`,
    `${pathToken}.${dotHost}`,
    `${dotToken}.x.${dotHost}`,
    `x.${dotToken}.${dotHost}`,
    `${dotToken}.example.com`,
    dotToken,
    dotHost,
    undefined,
  ])
    assert.equal(await ask(name, dev), RCODE.REFUSED, String(name))
})

test('a token for DNS over TLS opens nothing else, not even after it was used', async () => {
  const edge = await dig([{ objects, policy }], { public: false, dotHost })
  assert.equal(
    await rcodeOf(edge, { transport: 'dot', peer: '192.0.2.1', serverName: `${dotToken}.${dotHost}` }),
    RCODE.NOERROR,
  )
  const text = Buffer.from(message(dev)).toString('base64url')
  assert.equal((await edge.send(get(`/dns-query/${dotToken}?dns=${text}`))).status, 404)
})

test('every refusal of a caller has the same bytes, but for the question', async () => {
  const edge = await dig([{ objects, policy }], { public: false, dotHost })
  const bytes = message(dev, true)
  const strangers: Partial<DnsRequest>[] = [
    { peer: '192.0.2.1' },
    { peer: '192.0.2.1', transport: 'tcp' },
    { peer: '192.0.2.1', transport: 'dot' },
    { peer: '10.1.3.4', transport: 'dot', serverName: `${newOne()}.${dotHost}` },
    { peer: '10.1.3.4', transport: 'dot', serverName: `x.${dotHost}` },
  ]
  const answers = await Promise.all(strangers.map((given) => send(edge, { ...given, bytes })))
  for (const answer of answers) assert.deepEqual(answer, answers[0])
  assert.equal((answers[0]?.flags ?? 0) & 0xf, RCODE.REFUSED)
})

test('nothing is sent for a reply or for less than a header; other malformed messages get their rcode', async () => {
  const edge = await dig([{ objects, policy }], { public: false })
  const reply = message(dev)
  reply[2] = (reply[2] ?? 0) | 0x80
  assert.equal(await send(edge, { bytes: reply }), undefined)
  assert.equal(await send(edge, { bytes: reply.subarray(0, 11) }), undefined)
  assert.equal(await send(edge, { bytes: new Uint8Array(0) }), undefined)
  for (const peer of ['10.1.3.4', '192.0.2.1']) {
    assert.equal(await rcodeOf(edge, { peer, bytes: message(dev).subarray(0, -1) }), RCODE.FORMERR)
    const notify = message(dev)
    notify[2] = (notify[2] ?? 0) | (4 << 3)
    assert.equal(await rcodeOf(edge, { peer, bytes: notify }), RCODE.NOTIMP)
  }
})

test('an answer that does not fit has TC and the whole records that fit', async () => {
  const edge = await dig([{ objects, policy }], { public: false })
  for (const [maxBytes, records] of [
    [512, (512 - 12 - 34) / 16],
    [1_232, (1_232 - 12 - 34) / 16],
    [65_535, 100],
  ] as const) {
    // The cached answer of one size must not be the answer of another.
    for (const _ of [1, 2]) {
      const answer = await send(edge, { peer: '10.1.3.4', bytes: message(db), maxBytes })
      assert.equal(answer?.sections[0].length, Math.floor(records), String(maxBytes))
      assert.equal(((answer?.flags ?? 0) & 0x0200) !== 0, maxBytes < 65_535)
    }
  }
})

test('names outside the zones are refused by name, and forwarded for nobody without the right to it', async () => {
  const edge = await dig(
    [{ objects, policy }],
    {
      public: false,
      upstream: {
        urls: ['https://upstream.invalid/dns-query'],
        timeoutMs: 100,
        forward: true,
        cacheBytes: 1_000,
      },
    },
    () => Promise.reject(new Error('the network is away')),
  )
  const bytes = message('example.com', true)
  assert.equal(await rcodeOf(edge, { peer: '192.0.2.1', bytes }), RCODE.REFUSED)
  assert.equal(await rcodeOf(edge, { peer: '10.1.3.4', bytes }), RCODE.SERVFAIL)
})

test('queries over TCP and TLS count against the limit of their network, those over UDP do not', async () => {
  const limits = { anonymous: 1, token: 0, failure: 0, ingest: 0, ingestBytes: 0 }
  const edge = await dig([{ objects, policy }], { public: false, limits })
  const ask = (transport: DnsRequest['transport']): Promise<number | undefined> =>
    rcodeOf(edge, { transport, peer: '10.2.3.4' })
  for (let sent = 0; sent < 30; sent++) assert.equal(await ask('udp'), RCODE.NOERROR)
  for (let sent = 0; sent < 10; sent++) assert.equal(await ask('tcp'), RCODE.NOERROR)
  assert.equal(await ask('dot'), RCODE.REFUSED)
  assert.equal(await ask('udp'), RCODE.NOERROR)
})

test('an answer of another root than the one that decided about the caller is not kept for others', async () => {
  const at = await dig([{ objects, policy }], { public: false })
  const answerOf = async (peer: string): Promise<number | undefined> =>
    rcodeOf(at, { peer, bytes: message(prod) })
  for (const _ of [1, 2]) assert.equal(await rcodeOf(at, { peer: '10.2.3.4' }), RCODE.NOERROR)
  const { reader } = at.edge
  const { view } = reader
  // The next root is adopted after the caller is known, and gives the scope of the caller's number to nobody else.
  const next = `version: 1\n${tokens}networks:\n  - { cidr: 10.2.0.0/16, all: true }\n  - { cidr: 10.1.0.0/16, namespaces: [dev] }\n`
  await at.publish({ objects, policy: next, root: { generation: startMs + 1_000 } })
  at.clock.advance(31_000)
  let calls = 0
  reader.view = (cluster, tasks) => {
    if (++calls === 1) return view(cluster, tasks)
    reader.view = view
    return (async () => {
      const before = await view(cluster, tasks)
      for (;;) {
        const now = await view(cluster, tasks)
        if (now?.mark !== before?.mark) return now
        await new Promise(setImmediate)
      }
    })()
  }
  assert.equal(await answerOf('10.2.3.4'), RCODE.NOERROR)
  assert.equal(await answerOf('10.1.3.4'), RCODE.NXDOMAIN)
})

test('a repeated query is answered without a promise', async () => {
  const at = await dig([{ objects, policy }], { public: false })
  const query = { transport: 'udp', serverName: undefined, maxBytes: 512, bytes: message(dev) } as const
  const ask = (peer: string): unknown => exchangeDns({ ...query, peer }, at.edge, { waitUntil: () => {} })
  for (let times = 0; times < 3; times++) await ask('10.2.3.4')
  assert.ok(ask('10.2.3.4') instanceof Uint8Array)
  // Another address that the same network admits sees the same.
  await ask('10.2.3.5')
  assert.ok(ask('10.2.3.6') instanceof Uint8Array)
})

test('answers and refusals are in the audit log', async () => {
  const at = await dig([{ objects, policy }], { public: false, dotHost, audit: { sample: 1, names: true } })
  await send(at, {})
  await send(at, { peer: '192.0.2.1', transport: 'tcp' })
  await send(at, { transport: 'dot', serverName: `${newOne()}.${dotHost}` })
  await send(at, { transport: 'dot', serverName: `${dotToken}.${dotHost}` })
  const fields = { tokens: [], cluster: 'test', zone: 'cluster.local.', type: 'A', rcode: 'NOERROR', ms: 0 }
  const refused = { ...fields, cluster: null, zone: null, rcode: 'REFUSED', name: `${dev}.` }
  assert.deepEqual(
    at.infos.map((line) => line.fields),
    [
      { ...fields, transport: 'udp', name: `${dev}.` },
      { ...refused, transport: 'tcp' },
      { ...refused, transport: 'dot' },
      { ...fields, tokens: ['dot'], transport: 'dot', name: `${dev}.` },
    ],
  )
})

test('a message that is too long is malformed', async () => {
  const at = await dig([{ objects, policy }], { public: false })
  const long = new Uint8Array(65_535)
  long.set(message(dev))
  const answer = await send(at, { transport: 'tcp', bytes: long })
  assert.equal((answer?.flags ?? 0) & 0xf, RCODE.FORMERR)
  assert.equal(answer?.id, 7)
})

test('an answer never has more bytes than the transport takes', async () => {
  const at = await dig([{ objects, policy }], { public: false })
  const name = `${'x'.repeat(63)}.${'y'.repeat(63)}.${dev}`
  for (const bytes of [message(name, true), message(db, true)])
    for (const peer of ['10.1.3.4', '192.0.2.1'])
      for (let maxBytes = bytes.length; maxBytes < 400; maxBytes += 7) {
        const answer = await exchangeDns(
          { bytes, transport: 'udp', peer, serverName: undefined, maxBytes },
          at.edge,
          { waitUntil: () => {} },
        )
        assert.ok(answer && answer.length <= maxBytes, `${answer?.length} of ${maxBytes}`)
      }
})
