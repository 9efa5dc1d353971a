import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latin1, optRecord, queryBytes, u16s } from '../../dns/arbitrary.case.ts'
import { nameFromText } from '../../dns/name.ts'
import type { DnsRequest } from '../../worker/dns-exchange.ts'
import { createMessageAnswers } from './answer-message.ts'

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
const answers = createMessageAnswers(
  (request) => {
    seen.push(request)
    return Promise.resolve(request.bytes)
  },
  { waitUntil: () => assert.fail('no tasks') },
  30_000,
)
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

test('no answer stays none', async () => {
  const silent = createMessageAnswers(() => Promise.resolve(undefined), { waitUntil: () => {} }, 1)
  assert.equal(await silent(latin1('x'.repeat(12)), caller, true), undefined)
})
