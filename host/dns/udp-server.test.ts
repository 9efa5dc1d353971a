import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryBytes } from '../../dns/arbitrary.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { createCookies } from './cookie.ts'
import type { DnsHandler } from './handler.ts'
import { defaultDnsLimits } from './limits.ts'
import { exchangeDatagrams, keptLog } from './udp-client.case.ts'
import { startUdpServer, type UdpServer } from './udp-server.ts'

const query = queryBytes(nameFromText('web.prod.svc.cluster.local'))

function start(handler: DnsHandler): Promise<UdpServer> {
  return startUdpServer({
    listen: { host: '127.0.0.1', port: 0 },
    handler,
    tasks: { waitUntil: () => undefined },
    cookies: createCookies([new Uint8Array(16)]),
    limits: defaultDnsLimits,
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
