import assert from 'node:assert/strict'
import net from 'node:net'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { queryBytes } from '../../dns/arbitrary.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { HostError } from '../errors.ts'
import { createCookies } from './cookie/cookie.ts'
import { type DnsListener, openDnsListener } from './dns-listener.ts'
import { frame } from './stream/framing.ts'
import { exchangeDatagrams, keptLog } from './udp/udp-client.case.ts'

const query = queryBytes(nameFromText('web.prod.svc.cluster.local'))

function open(host: string, port = 0): Promise<DnsListener> {
  return openDnsListener({
    listen: { host, port },
    handler: async ({ transport }) => Buffer.from(transport),
    tasks: { waitUntil: () => undefined },
    cookies: createCookies([new Uint8Array(16)]),
    udpLimits: {},
    limits: {},
    log: keptLog(),
  })
}

test('UDP and TCP are answered on one port', async () => {
  const listener = await open('127.0.0.1')
  const socket = net.connect(listener.port, listener.host)
  socket.end(frame(query))
  assert.equal((await buffer(socket)).toString(), '\0\x03tcp')
  await listener.close(1_000)
})

test('an address, or the address of a host name, is listened on', async () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    const listener = await open(host)
    const [answer] = await exchangeDatagrams(listener, [query])
    assert.equal(Buffer.from(answer?.bytes ?? []).toString(), 'udp')
    await listener.close(1_000)
  }
})

test('a host that cannot be resolved and a port that is in use are HostErrors', async () => {
  await assert.rejects(
    open('no-such-host.invalid'),
    (error) => error instanceof HostError && error.code === 'LISTEN_ADDRESS',
  )
  const listener = await open('127.0.0.1')
  await assert.rejects(
    open('127.0.0.1', listener.port),
    (error) => error instanceof HostError && error.code === 'LISTEN_IN_USE',
  )
  await listener.close(1_000)
})
