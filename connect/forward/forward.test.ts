import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, beforeEach, test } from 'node:test'
import packet from 'dns-packet'
import { isRefusal, readQuery } from '../../dns/message/read-query.ts'
import { createForward, type ForwardLimits } from './forward.ts'
import {
  answerTo,
  type Received,
  type ScriptedResolver,
  startScriptedResolver,
} from './scripted-resolver.case.ts'

const first = await startScriptedResolver(() => [])
const second = await startScriptedResolver(() => [])
after(() => [first, second].forEach((resolver) => resolver.stop()))
beforeEach(() => {
  for (const resolver of [first, second]) {
    resolver.received.length = 0
    resolver.say = (query) => [answerTo(query, { addresses: ['192.0.2.1'] })]
  }
})

const quick: Partial<ForwardLimits> = { stepMs: 100, totalMs: 400 }

function forwardTo(resolvers: readonly ScriptedResolver[], limits = quick) {
  const places = resolvers.map(({ place }) => place)
  return createForward({
    resolvers: places,
    randomId: () => randomInt(65_536),
    now: () => performance.now(),
    limits,
  })
}

type How = {
  readonly id?: number
  readonly type?: 'A' | 'AXFR'
  readonly udpPayload?: number
  readonly transport?: 'udp' | 'tcp'
  readonly maxBytes?: number
}

async function ask(forward: ReturnType<typeof forwardTo>, name: string, how: How = {}) {
  const { id = 7, type = 'A', udpPayload, transport = 'udp', maxBytes = udpPayload ?? 512 } = how
  const opt = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: udpPayload,
    flags: 0,
    options: [],
  } as unknown as packet.Answer
  const message = packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type, name }],
    additionals: udpPayload === undefined ? [] : [opt],
  })
  const query = readQuery(message)
  assert.ok(!isRefusal(query))
  const bytes = await forward.answer({ query, message, transport, maxBytes })
  const answer = packet.decode(Buffer.from(bytes)) as packet.DecodedPacket & { rcode: string }
  const options = (answer.additionals ?? []).flatMap((record) =>
    record.type === 'OPT' ? record.options : [],
  )
  const ede = options.find(({ code }) => (code as unknown) === 15) as { data: Buffer } | undefined
  return {
    ...answer,
    bytes,
    addresses: (answer.answers ?? []).flatMap((record) => (record.type === 'A' ? [record.data] : [])),
    error: ede && { code: ede.data.readUInt16BE(0), text: ede.data.subarray(2).toString() },
  }
}

test('the answer has the bytes of the resolver’s, with the id of the client', async () => {
  let sent: Uint8Array = new Uint8Array()
  first.say = (query) => [(sent = answerTo(query, { addresses: ['192.0.2.1', '192.0.2.2'] }))]
  const { bytes, id, addresses } = await ask(forwardTo([first]), 'Www.Example.com', {
    id: 4321,
    udpPayload: 1232,
  })
  assert.equal(id, 4321)
  assert.deepEqual(addresses, ['192.0.2.1', '192.0.2.2'])
  assert.deepEqual(Buffer.from(bytes.subarray(2)), Buffer.from(sent.subarray(2)))
  assert.equal(first.received[0]?.packet.questions?.[0]?.name, 'Www.Example.com')
})

test('each query has a new port and a new id', async () => {
  const forward = forwardTo([first])
  for (let count = 0; count < 20; count++) await ask(forward, `n${count}.example.com`, { id: 7 })
  const ids = new Set(first.received.map(({ packet: { id } }) => id))
  const ports = new Set(first.received.map(({ port }) => port))
  assert.ok(ids.size >= 19, `${ids.size} different ids`)
  assert.ok(ports.size >= 18, `${ports.size} different ports`)
})

test('messages with another id or question are not the answer', async () => {
  first.say = (query) => [
    answerTo(query, { id: ((query.packet.id ?? 0) + 1) & 0xffff, addresses: ['203.0.113.1'] }),
    answerTo(query, { name: 'other.example', addresses: ['203.0.113.2'] }),
    Buffer.from('no DNS message'),
    answerTo(query, { addresses: ['192.0.2.1'] }),
  ]
  assert.deepEqual((await ask(forwardTo([first]), 'www.example.com')).addresses, ['192.0.2.1'])
})

test('an answer from another address or port is ignored', async () => {
  // The second resolver's socket answers for the first one.
  first.say = (query) => {
    second.say = () => []
    const { port } = query
    void import('node:dgram').then(({ createSocket }) => {
      const socket = createSocket('udp4')
      socket.send(answerTo(query, { addresses: ['203.0.113.66'] }), port, '127.0.0.1', () => socket.close())
    })
    setTimeout(() => (first.say = (next) => [answerTo(next, { addresses: ['192.0.2.1'] })]), 50)
    return []
  }
  assert.deepEqual((await ask(forwardTo([first]), 'www.example.com')).addresses, ['192.0.2.1'])
})

const tc = (query: Received): readonly Uint8Array[] => [
  query.transport === 'udp'
    ? answerTo(query, { truncated: true })
    : answerTo(query, { addresses: Array.from({ length: 50 }, (_, at) => `192.0.2.${at}`) }),
]

test('a truncated answer is asked for again over TCP and cut for the client', async () => {
  first.say = tc
  const small = await ask(forwardTo([first]), 'www.example.com')
  assert.deepEqual(
    first.received.map(({ transport }) => transport),
    ['udp', 'tcp'],
  )
  assert.ok(small.bytes.length <= 512)
  assert.equal(small.flag_tc, true)
  assert.ok(small.addresses.length > 10, `${small.addresses.length} addresses`)
  const large = await ask(forwardTo([first]), 'www.example.com', { udpPayload: 1232, maxBytes: 1232 })
  assert.deepEqual([large.addresses.length, large.flag_tc], [large.answers?.length, true])
  const whole = await ask(forwardTo([first]), 'www.example.com', { transport: 'tcp', maxBytes: 65_535 })
  assert.deepEqual([whole.addresses.length, whole.flag_tc], [50, false])
})

test('where TCP fails, the truncated answer is passed on', async () => {
  first.say = (query) =>
    query.transport === 'udp' ? [answerTo(query, { addresses: ['192.0.2.1'], truncated: true })] : []
  const forward = forwardTo([first], { stepMs: 1_000, totalMs: 2_000, tcpMs: 100 })
  const { addresses, flag_tc } = await ask(forward, 'www.example.com')
  assert.deepEqual([addresses, flag_tc], [['192.0.2.1'], true])
})

test('a client of TCP gets an answer over TCP', async () => {
  await ask(forwardTo([first]), 'www.example.com', { transport: 'tcp', maxBytes: 65_535 })
  assert.deepEqual(
    first.received.map(({ transport }) => transport),
    ['tcp'],
  )
})

test('a client that accepts large datagrams does not cause large ones from the resolver', async () => {
  await ask(forwardTo([first]), 'www.example.com', { udpPayload: 65_535 })
  await ask(forwardTo([first]), 'two.example.com', { udpPayload: 600 })
  const sizes = first.received.map(
    ({ packet: { additionals } }) =>
      (additionals?.[0] as unknown as { udpPayloadSize: number } | undefined)?.udpPayloadSize,
  )
  assert.deepEqual(sizes, [1232, 600])
})

test('the next resolver is asked after silence, SERVFAIL and REFUSED', async () => {
  for (const rcode of [2, 5]) {
    first.say = (query) => [answerTo(query, { rcode })]
    assert.deepEqual((await ask(forwardTo([first, second]), 'www.example.com')).addresses, ['192.0.2.1'])
  }
  first.say = () => []
  const forward = forwardTo([first, second])
  assert.deepEqual((await ask(forward, 'www.example.com')).addresses, ['192.0.2.1'])
  first.received.length = 0
  assert.deepEqual((await ask(forward, 'two.example.com')).addresses, ['192.0.2.1'])
  assert.equal(first.received.length, 0, 'the silent resolver was asked first again')
})

test('NXDOMAIN of a resolver is an answer', async () => {
  first.say = (query) => [answerTo(query, { rcode: 3 })]
  assert.equal((await ask(forwardTo([first, second]), 'nothere.example.com')).rcode, 'NXDOMAIN')
  assert.equal(second.received.length, 0)
})

test('if all resolvers fail, their answer is passed on', async () => {
  for (const resolver of [first, second]) resolver.say = (query) => [answerTo(query, { rcode: 2 })]
  const { rcode, error } = await ask(forwardTo([first, second]), 'www.example.com', { udpPayload: 1232 })
  assert.deepEqual([rcode, error], ['SERVFAIL', undefined])
})

test('an outage is SERVFAIL with EDE 23', async () => {
  first.say = () => []
  const silent = await ask(forwardTo([first]), 'www.example.com', { udpPayload: 1232 })
  assert.deepEqual(
    [silent.rcode, silent.error],
    ['SERVFAIL', { code: 23, text: 'the resolvers for names outside the zones do not answer' }],
  )
  const none = await ask(forwardTo([]), 'www.example.com', { udpPayload: 1232 })
  assert.deepEqual(
    [none.rcode, none.error],
    ['SERVFAIL', { code: 23, text: 'no resolver is known for names outside the zones' }],
  )
  const closed = await startScriptedResolver(() => [])
  closed.stop()
  const startedMs = performance.now()
  assert.equal((await ask(forwardTo([closed], {}), 'www.example.com')).rcode, 'SERVFAIL')
  assert.ok(performance.now() - startedMs < 4_000, 'a closed port is known at once')
})

test('equal queries share one answer, also with different ids', async () => {
  let asked: Received | undefined
  first.say = (query) => {
    asked = query
    return []
  }
  const forward = forwardTo([first], {})
  const both = [1, 2].map((id) => ask(forward, 'www.example.com', { id }))
  while (!asked) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(first.received.length, 1)
  first.say = (query) => [answerTo(query, { addresses: ['192.0.2.1'] })]
  assert.deepEqual(
    (await Promise.all(both)).map(({ id, addresses }) => [id, addresses]),
    [
      [1, ['192.0.2.1']],
      [2, ['192.0.2.1']],
    ],
  )
})

test('above the limit of waiting queries the answer is SERVFAIL at once', async () => {
  first.say = () => []
  const forward = forwardTo([first], { ...quick, maxWaiting: 2 })
  const waiting = ['a', 'b'].map((label) => ask(forward, `${label}.example.com`))
  const { rcode, error } = await ask(forward, 'c.example.com', { udpPayload: 1232 })
  assert.deepEqual(
    [rcode, error],
    ['SERVFAIL', { code: 23, text: '2 queries wait for other resolvers already' }],
  )
  await Promise.all(waiting)
  first.say = (query) => [answerTo(query, { addresses: ['192.0.2.1'] })]
  assert.deepEqual((await ask(forward, 'c.example.com')).addresses, ['192.0.2.1'])
})

test('zone transfers are refused', async () => {
  const { rcode, error } = await ask(forwardTo([first]), 'example.com', { type: 'AXFR', udpPayload: 1232 })
  assert.deepEqual([rcode, error?.text], ['REFUSED', 'zone transfers are not forwarded'])
  assert.equal(first.received.length, 0)
})

test('other resolvers are used from the next query on', async () => {
  const forward = forwardTo([first])
  forward.useResolvers([second.place])
  await ask(forward, 'www.example.com')
  assert.deepEqual([first.received.length, second.received.length], [0, 1])
  assert.deepEqual(forward.resolvers(), [second.place])
})

test('a resolver with an IPv6 address', async (t) => {
  const six = await startScriptedResolver(
    (query) => [answerTo(query, { addresses: ['192.0.2.6'] })],
    '::1',
  ).catch(() => undefined)
  if (!six) return t.skip('this machine has no IPv6')
  try {
    assert.deepEqual((await ask(forwardTo([six]), 'www.example.com')).addresses, ['192.0.2.6'])
  } finally {
    six.stop()
  }
})
