import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byPost, dnsMessage } from '../../check/query.ts'
import type { Ask, Facts, Got } from '../../check/row.ts'
import { generalRows } from '../../check/rows.ts'
import { kubedohRows } from '../../check/rows-kubedoh.ts'
import { runRow } from '../../check/run.ts'
import { readMessage } from '../../dns/message/read-message.ts'

/*
 * Every row must be able to fail: these servers are wrong in different ways, and each row reports at least one of
 * them.
 */
const answer = (bytes: Uint8Array, headers: Record<string, string> = {}, status = 200): Got => ({
  status,
  headers: { 'content-type': dnsMessage, ...headers },
  bytes,
  httpVersion: '1.1',
})

function messageIn({ query, body }: Ask): Uint8Array {
  return body ?? new Uint8Array(Buffer.from(/dns=([^&]*)/.exec(query ?? '')?.[1] ?? '', 'base64url'))
}

/** The question with an A record of TTL 5 and a padded OPT record, all flags set. */
function boldly(ask: Ask): Uint8Array {
  const bytes = Buffer.from(messageIn(ask))
  const question = bytes.subarray(12, bytes.indexOf(0, 12) + 5)
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 192, 0, 2, 1]
  const cookie = [0, 10, 0, 8, 9, 9, 9, 9, 9, 9, 9, 9]
  const option = [...cookie, 0, 100, 0, 0, 0, 12, 0, 1, 7]
  const opt = [0, 0, 41, 4, 208, 0, 1, 0, 0x40, 0, option.length, ...option]
  return Uint8Array.from([
    0xbe,
    0xee,
    0x87,
    0x60,
    0,
    1,
    0,
    1,
    0,
    0,
    0,
    2,
    ...question,
    ...record,
    ...opt,
    ...opt,
  ])
}

/** NXDOMAIN with neither SOA nor OPT, its question gone. */
const bare = Uint8Array.of(0, 1, 0x80, 0x43, 0, 0, 0, 0, 0, 0, 0, 0)

const badServers: readonly ((ask: Ask) => Got)[] = [
  () => ({ status: 503, headers: { 'set-cookie': 'a=b' }, bytes: new Uint8Array(3), httpVersion: '1.1' }),
  () => ({ status: 405, headers: {}, bytes: new Uint8Array(0), httpVersion: '1.1' }),
  (ask) => answer(messageIn(ask)),
  (ask) => answer(boldly(ask), { 'cache-control': 'max-age=600', 'set-cookie': 'a=b' }),
  () => answer(bare, { 'cache-control': 'max-age=600' }),
]

function mustRead(bytes: Uint8Array) {
  const message = readMessage(bytes)
  if ('broken' in message) throw new TypeError(message.broken)
  return message
}

const known = mustRead(Uint8Array.of(0, 0, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0))
const factsOf = (...received: readonly Got[]): Facts => ({
  isTls: true,
  name: 'www.check.example',
  known,
  received,
})

for (const row of [...generalRows, ...kubedohRows]) {
  test(`${row.id} can fail`, async () => {
    const results = await Promise.all(
      badServers.map((server) =>
        runRow(row, factsOf(server(byPost({}))), (ask) => Promise.resolve(server(ask))),
      ),
    )
    const failed = results.filter(({ verdict }) => verdict === 'fail')
    assert.ok(failed.length > 0, results.map(({ verdict, why }) => `${verdict} ${why ?? ''}`).join('\n'))
  })
}

test('an unreachable server fails every row with the reason', async () => {
  for (const row of generalRows) {
    const got = { failed: 'it is down' }
    const result = await runRow(row, factsOf(got), () => Promise.resolve(got))
    assert.equal(result.verdict, 'fail', row.id)
    assert.match(result.why ?? '', /it is down/, row.id)
  }
})
