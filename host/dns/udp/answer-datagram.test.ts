import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latin1, optRecord, queryBytes, u16s } from '../../../dns/arbitrary.case.ts'
import { OPTION } from '../../../dns/code.ts'
import { optOf, rcodeOf, readMessage } from '../../../dns/message/read-message.ts'
import { nameFromText } from '../../../dns/name.ts'
import type { DnsRequest } from '../../../worker/dns-exchange.ts'
import { createSilentMeter } from '../../../worker/report/silent-meter.ts'
import { createCookies } from '../cookie/cookie.ts'
import type { DnsHandler } from '../handler.ts'
import { createDatagramAnswers } from './answer-datagram.ts'
import { truncatedReply } from './truncated-reply.ts'
import { keptLog } from './udp-client.case.ts'
import { defaultUdpLimits, type UdpLimits } from './udp-limits.ts'

const name = nameFromText('web.prod.svc.cluster.local')
const clientCookie = 'abcdefgh'
const cookieOption = (data: string): string => u16s(OPTION.COOKIE, data.length) + data
const withOpt = (options = ''): Uint8Array =>
  queryBytes(name, { counts: [1, 0, 0, 1], tail: optRecord(options) })
const plain = queryBytes(name)
const publicAddress = '8.8.4.4'

/** Answers with as many bytes as are allowed. The content does not matter to the server. */
const fullAnswer: DnsHandler = async ({ bytes, maxBytes }) => {
  const reply = truncatedReply(bytes)
  // Bytes before OPT would change its place: only answers without OPT are filled.
  if (!reply || reply[11] === 1) return reply
  const whole = new Uint8Array(maxBytes)
  whole.set(reply)
  return whole
}

/** A server with a clock that stands still, and what it sent. */
function server(handler: DnsHandler, limits: Partial<UdpLimits> = {}) {
  const requests: DnsRequest[] = []
  const sent: { bytes: Uint8Array; port: number; address: string }[] = []
  const log = keptLog()
  const limited: string[] = []
  const { onDatagram, drain } = createDatagramAnswers({
    handler: (request, tasks) => {
      requests.push(request)
      return handler(request, tasks)
    },
    tasks: { waitUntil: () => undefined },
    cookies: createCookies([new Uint8Array(16)]),
    limits: { ...defaultUdpLimits, ...limits },
    now: () => 1_700_000_000_000,
    meter: { ...createSilentMeter({ now: () => 0 }), limited: (limit) => void limited.push(limit) },
    log,
  })
  const socket = {
    port: 53,
    send: (bytes: Uint8Array, port: number, address: string) => void sent.push({ bytes, port, address }),
    close: async () => undefined,
  }
  async function ask(datagram: Uint8Array, address = '127.0.0.1'): Promise<Uint8Array | undefined> {
    const before = sent.length
    onDatagram(datagram, { address, port: 4_000 }, socket)
    await new Promise((resolve) => setImmediate(resolve))
    return sent[before]?.bytes
  }
  return { ask, drain, requests, sent, log, limited }
}

function cookieOf(reply: Uint8Array | undefined): Uint8Array | undefined {
  const message = readMessage(reply ?? assert.fail('no reply'))
  assert.ok(!('broken' in message), JSON.stringify(message))
  return optOf(message)?.options.find(({ code }) => code === OPTION.COOKIE)?.data
}

test('a query is passed on with its source, and the answer goes back there', async () => {
  const { ask, requests, sent } = server(async () => Uint8Array.of(1, 2, 3))
  await ask(plain, 'fe80::1%eth0')
  assert.deepEqual(requests, [
    { bytes: plain, transport: 'udp', peer: 'fe80::1%eth0', serverName: undefined, maxBytes: 512 },
  ])
  assert.deepEqual(sent, [{ bytes: Uint8Array.of(1, 2, 3), port: 4_000, address: 'fe80::1%eth0' }])
})

test('replies and messages of under 12 bytes get nothing, and are not passed on', async () => {
  const { ask, requests } = server(fullAnswer)
  for (let length = 0; length < 12; length++) assert.equal(await ask(plain.subarray(0, length)), undefined)
  assert.equal(await ask(queryBytes(name, { flags: 0x8180 })), undefined)
  assert.equal(requests.length, 0)
})

test('the cookie is taken out of the query, and its answer has room for the new one', async () => {
  const { ask, requests } = server(fullAnswer)
  const reply = await ask(withOpt(cookieOption(clientCookie)))
  assert.deepEqual(requests[0]?.bytes, withOpt())
  assert.equal(requests[0]?.maxBytes, 1_232 - 28)
  assert.equal(cookieOf(reply)?.length, 24)
})

test('a client without a cookie gets none', async () => {
  const { ask, requests } = server(fullAnswer)
  assert.equal(cookieOf(await ask(withOpt())), undefined)
  assert.equal(requests[0]?.maxBytes, 1_232)
})

test('a query for a cookie alone is answered by the server itself', async () => {
  const { ask, requests } = server(fullAnswer)
  const reply = await ask(latin1(u16s(7, 0x0100, 0, 0, 0, 1) + optRecord(cookieOption(clientCookie))))
  assert.equal(cookieOf(reply)?.length, 24)
  assert.equal(requests.length, 0)
})

test('an invalid server cookie counts as none: no BADCOOKIE, and a new cookie', async () => {
  const { ask } = server(fullAnswer)
  const reply = await ask(withOpt(cookieOption(`${clientCookie}${'x'.repeat(16)}`)), publicAddress)
  const message = readMessage(reply ?? assert.fail('no reply'))
  assert.ok(!('broken' in message))
  assert.equal(rcodeOf(message), 0)
  assert.equal(cookieOf(reply)?.length, 24)
})

test('a public address gets at most eight times its query, and with its cookie 1,232 bytes', async () => {
  const { ask, requests } = server(fullAnswer)
  assert.equal((await ask(plain, publicAddress))?.length, 8 * plain.length)
  const first = withOpt(cookieOption(clientCookie))
  const cookie = cookieOf(await ask(first, publicAddress)) ?? assert.fail('no cookie')
  assert.equal(requests.at(-1)?.maxBytes, 8 * first.length - 28)
  await ask(withOpt(cookieOption(Buffer.from(cookie).toString('latin1'))), publicAddress)
  assert.equal(requests.at(-1)?.maxBytes, 1_232 - 28)
  await ask(withOpt(cookieOption(Buffer.from(cookie).toString('latin1'))), '8.8.4.5')
  assert.ok((requests.at(-1)?.maxBytes ?? 0) < 1_000, 'the cookie of another address is not valid')
})

test('an answer that is too large is replaced by a truncated one', async () => {
  const { ask } = server(async () => new Uint8Array(600))
  const reply = await ask(plain)
  assert.equal(reply?.length, plain.length)
  assert.equal((reply?.[2] ?? 0) & 2, 2)
})

test('above the rate, a network gets truncated answers, then nothing; others and valid cookies are answered', async () => {
  const { ask, requests, limited } = server(fullAnswer, { responsesPerSecond: 3 })
  const first = await ask(withOpt(cookieOption(clientCookie)), publicAddress)
  const cookie = Buffer.from(cookieOf(first) ?? []).toString('latin1')
  const replies = []
  for (let host = 0; host < 8; host++) replies.push(await ask(plain, `8.8.4.${host}`))
  assert.deepEqual(
    replies.map((reply) => reply?.length),
    [...Array(2).fill(8 * plain.length), ...Array(3).fill(plain.length), ...Array(3).fill(undefined)],
  )
  assert.ok(replies.slice(2, 5).every((reply) => ((reply?.[2] ?? 0) & 2) === 2))
  assert.equal(requests.length, 3)
  assert.deepEqual(limited, Array(6).fill('response_rate'))
  for (const [query, address] of [
    [withOpt(cookieOption(cookie)), publicAddress],
    [plain, '8.8.5.1'],
    [plain, '10.0.0.1'],
    [plain, '127.0.0.1'],
  ] as const)
    assert.ok(await ask(query, address), address)
})

test('while the maximum of queries waits, further ones are dropped', async () => {
  const waiting: PromiseWithResolvers<Uint8Array>[] = []
  const handler: DnsHandler = () => {
    const answer = Promise.withResolvers<Uint8Array>()
    waiting.push(answer)
    return answer.promise
  }
  const { ask, sent, limited } = server(handler, { maxWaitingQueries: 2 })
  for (let query = 0; query < 5; query++) await ask(plain)
  assert.equal(waiting.length, 2)
  assert.deepEqual(limited, Array(3).fill('waiting'))
  waiting[0]?.resolve(Uint8Array.of(1))
  await ask(plain)
  await ask(plain)
  assert.equal(waiting.length, 3)
  assert.equal(sent.length, 1)
})

test('draining waits for the answers in progress and takes no further queries', async () => {
  const answer = Promise.withResolvers<Uint8Array>()
  const { ask, drain, requests, sent } = server(() => answer.promise)
  await ask(plain)
  const drained = drain()
  await ask(plain)
  assert.equal(requests.length, 1)
  answer.resolve(Uint8Array.of(9))
  await drained
  assert.equal(sent.length, 1)
  await drain()
})

test('an answer that is there at once is sent at once, and a handler that throws is logged', () => {
  let isBroken = false
  const { ask, sent, log } = server(() => {
    if (isBroken) throw new Error('broken')
    return Uint8Array.of(1)
  })
  void ask(plain)
  assert.equal(sent.length, 1)
  isBroken = true
  void ask(plain)
  assert.match(log.messages[0] ?? '', /^query failed .*broken/)
})

test('a handler that fails is logged, and its query does not count as waiting', async () => {
  const { ask, drain, log } = server(async () => {
    throw new Error('broken')
  })
  assert.equal(await ask(plain), undefined)
  assert.match(log.messages[0] ?? '', /^query failed .*broken/)
  await drain()
})
