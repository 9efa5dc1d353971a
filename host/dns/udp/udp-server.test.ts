import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { queryBytes } from '../../../dns/arbitrary.case.ts'
import { nameFromText } from '../../../dns/name.ts'
import { createCookies } from '../cookie/cookie.ts'
import type { DnsHandler } from '../handler.ts'
import { exchangeDatagrams, keptLog } from './udp-client.case.ts'
import { defaultUdpLimits } from './udp-limits.ts'
import { startUdpServer, type UdpServer } from './udp-server.ts'

const query = queryBytes(nameFromText('web.prod.svc.cluster.local'))

function start(handler: DnsHandler): Promise<UdpServer> {
  return startUdpServer({
    listen: { host: '127.0.0.1', port: 0 },
    handler,
    tasks: { waitUntil: () => undefined },
    cookies: createCookies([new Uint8Array(16)]),
    limits: defaultUdpLimits,
    log: keptLog(),
  })
}

test('queries from the network are answered', async () => {
  const server = await start(async ({ bytes, peer }) => Uint8Array.of(...bytes.subarray(0, 2), peer.length))
  const answers = await exchangeDatagrams({ host: '127.0.0.1', port: server.port }, [query, query])
  assert.deepEqual(
    answers.map(({ bytes }) => [...bytes]),
    [
      [0x12, 0x34, 9],
      [0x12, 0x34, 9],
    ],
  )
  await server.close(1_000)
})

test('closing answers every query that has arrived before', async () => {
  const server = await start(async ({ bytes }) => bytes)
  const sender = createSocket('udp4')
  sender.connect(server.port, '127.0.0.1')
  await once(sender, 'connect')
  const count = 300
  let answers = 0
  sender.on('message', () => answers++)
  const sent = Array.from({ length: count }, () => {
    const done = Promise.withResolvers<void>()
    sender.send(query, () => done.resolve())
    return done.promise
  })
  // The datagrams are in the server's socket now, and it has had no turn to read them.
  await Promise.all([...sent, server.close(5_000)])
  // Answers on loopback arrive within a turn of the event loop or two.
  for (let turn = 0; turn < 100 && answers < count; turn++) await sleep(10)
  sender.close()
  assert.equal(answers, count)
})

test('closing sends the answers in progress first', async () => {
  const answer = Promise.withResolvers<Uint8Array>()
  const asked = Promise.withResolvers<void>()
  const server = await start(() => {
    asked.resolve()
    return answer.promise
  })
  const answers = exchangeDatagrams({ host: '127.0.0.1', port: server.port }, [query])
  await asked.promise
  const closed = server.close(10_000)
  answer.resolve(Uint8Array.of(7))
  await closed
  assert.deepEqual([...((await answers)[0]?.bytes ?? [])], [7])
})

test('closing waits no longer than the time given', async () => {
  const asked = Promise.withResolvers<void>()
  const server = await start(() => {
    asked.resolve()
    return new Promise(() => undefined)
  })
  const answers = exchangeDatagrams({ host: '127.0.0.1', port: server.port }, [query], { waitMs: 100 })
  await asked.promise
  await server.close(10)
  assert.equal((await answers).length, 0)
})
