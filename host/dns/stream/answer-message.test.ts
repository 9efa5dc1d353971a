import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAddress } from '../../../dns/address.ts'
import { latin1, optRecord, queryBytes, u16s } from '../../../dns/arbitrary.case.ts'
import { nameFromText } from '../../../dns/name.ts'
import type { DnsRequest } from '../../../worker/dns-exchange.ts'
import { createCookies } from '../cookie/cookie.ts'
import { createMessageAnswers, type MessageParts } from './answer-message.ts'

const name = nameFromText('web.prod.svc.cluster.local')
const query = (options: string): Uint8Array =>
  queryBytes(name, { counts: [1, 0, 0, 1], tail: optRecord(options) })
const keepaliveOption = u16s(11, 0)
const paddingOption = u16s(12, 4) + '\0\0\0\0'
/** The rdata of OPT, which is the last record, of an answer to a query without options. */
const optionsOf = (reply: Uint8Array | undefined): string =>
  Buffer.from(reply ?? [])
    .subarray(query('').length)
    .toString('latin1')

const seen: DnsRequest[] = []
const parts: MessageParts = {
  handler: (request) => {
    seen.push(request)
    return Promise.resolve(request.bytes)
  },
  tasks: { waitUntil: () => assert.fail('no tasks') },
  idleMs: 30_000,
  now: () => 1_700_000_000_000,
}
const answers = createMessageAnswers(parts)
const caller = { transport: 'tcp', peer: '192.0.2.1', serverName: undefined } as const
const dotCaller = { ...caller, transport: 'dot', serverName: 'a.dns.example.com' } as const

test('the handler gets the query without transport options, its caller, and room for the answer', async () => {
  await answers(query(''), caller, false)
  await answers(query(keepaliveOption + paddingOption), dotCaller, false)
  assert.deepEqual(seen, [
    { ...caller, bytes: query(''), maxBytes: 65_535 },
    { ...dotCaller, bytes: query(''), maxBytes: 65_535 - 6 },
  ])
})

test('a client that asks for edns-tcp-keepalive is told the idle timeout in units of 100 ms', async () => {
  assert.equal(optionsOf(await answers(query(keepaliveOption), caller, false)), u16s(11, 2, 300))
  assert.equal(optionsOf(await answers(query(''), caller, false)), '')
})

test('while the server closes, every client with EDNS is told to close', async () => {
  assert.equal(optionsOf(await answers(query(''), caller, true)), u16s(11, 2, 0))
  const bare = queryBytes(name)
  assert.deepEqual(await answers(bare, caller, true), bare)
})

test('over TLS, an answer to a padded query has a multiple of 468 bytes; over TCP it is not padded', async () => {
  assert.equal((await answers(query(paddingOption), dotCaller, false))?.length, 468)
  assert.equal((await answers(query(keepaliveOption + paddingOption), dotCaller, false))?.length, 468)
  assert.equal((await answers(query(''), dotCaller, false))?.length, query('').length)
  assert.equal((await answers(query(paddingOption), caller, false))?.length, query('').length)
})

test('a client that sends a cookie gets a server cookie, which is then valid over UDP', async () => {
  const cookies = createCookies([new Uint8Array(16)])
  const withCookies = createMessageAnswers({ ...parts, cookies })
  const clientCookie = 'abcdefgh'
  const option = u16s(10, clientCookie.length) + clientCookie
  const got = optionsOf(await withCookies(query(option), caller, false))
  assert.equal(got.slice(0, 12), u16s(10, 24) + clientCookie)
  const address = parseAddress(caller.peer)
  assert.ok(address)
  assert.equal(cookies.judge(latin1(got.slice(4)), address, parts.now()).isValid, true)
  assert.equal(seen.at(-1)?.maxBytes, 65_535 - 28)
  assert.equal(optionsOf(await answers(query(option), caller, false)), '')
})

test('a query for a cookie alone is answered without the handler', async () => {
  const cookies = createCookies([new Uint8Array(16)])
  const handler = () => assert.fail('not a question')
  const withCookies = createMessageAnswers({ ...parts, handler, cookies })
  const alone = latin1(u16s(7, 0x0100, 0, 0, 0, 1) + optRecord(u16s(10, 8) + 'abcdefgh'))
  const reply = await withCookies(alone, caller, false)
  assert.equal(reply?.length, 12 + 11 + 4 + 24)
})

test('no answer stays none', async () => {
  const silent = createMessageAnswers({ ...parts, handler: () => Promise.resolve(undefined) })
  assert.equal(await silent(latin1('x'.repeat(12)), caller, true), undefined)
})
