import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optRecord, queryBytes, u16s } from '../../dns/arbitrary.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { createCookies } from '../../host/dns/cookie/cookie.ts'
import { createDatagramAnswers } from '../../host/dns/udp/answer-datagram.ts'
import { defaultUdpLimits, maxAmplification, type UdpLimits } from '../../host/dns/udp/udp-limits.ts'
import { exchangeDns } from '../../worker/dns-exchange.ts'
import { type Dig, dig, namespace, service, slice } from '../dig.ts'
import { createRandom } from '../seeded-random.ts'

/*
 * What an attacker gains who sends queries over UDP with the address of a victim: no answer is larger than its query by
 * more than the stated factor, and a flood at one network is answered at a limited rate.
 */

const pods = Array.from({ length: 200 }, (_, pod) => ({ addresses: [`10.244.${pod >> 7}.${pod & 127}`] }))

function crowdedEdge(): Promise<Dig> {
  return dig([
    {
      objects: [
        namespace('prod'),
        service('prod/web', { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'], ports: [{ port: 80 }] }),
        service('prod/crowd', {
          clusterIP: 'None',
          clusterIPs: ['None'],
          ports: [{ name: 'http', port: 80 }],
        }),
        slice('prod/crowd', pods, [{ name: 'http', port: 80, protocol: 'TCP' }]),
      ],
      zones: ['cluster.local'],
    },
  ])
}

/** A UDP server whose clock the test sets, and the bytes that it sends. */
async function server(limits: Partial<UdpLimits> = {}) {
  const at = await crowdedEdge()
  const sent: number[] = []
  const clock = { nowMs: 1_700_000_000_000 }
  const { onDatagram } = createDatagramAnswers({
    handler: (request, tasks) => exchangeDns(request, at.edge, tasks),
    tasks: { waitUntil: () => undefined },
    cookies: createCookies([new Uint8Array(16)]),
    limits: { ...defaultUdpLimits, ...limits },
    now: () => clock.nowMs,
    log: { info: () => undefined, warn: (message) => assert.fail(message) },
  })
  const socket = {
    port: 53,
    send: (bytes: Uint8Array) => void sent.push(bytes.length),
    close: async () => undefined,
  }
  return {
    sent,
    clock,
    send: (datagram: Uint8Array, address: string) => onDatagram(datagram, { address, port: 4_000 }, socket),
    settled: () => new Promise((resolve) => setTimeout(resolve, 20)),
  }
}

const names = [
  'crowd.prod.svc.cluster.local',
  '_http._tcp.crowd.prod.svc.cluster.local',
  'web.prod.svc.cluster.local',
]
const others = [
  'no.prod.svc.cluster.local',
  'cluster.local',
  'svc.cluster.local',
  '_snapshot.cluster.local',
  '.',
  'a.b',
]
const types = [1, 6, 16, 28, 33, 255]
const options = [undefined, '', u16s(10, 8, 1, 2, 3, 4), u16s(10, 24, ...Array(12).fill(9))]

function query(name: string, type: number, option: string | undefined): Uint8Array {
  const extra = option === undefined ? {} : ({ counts: [1, 0, 0, 1], tail: optRecord(option) } as const)
  return queryBytes(nameFromText(name), { type, ...extra })
}

test(`no answer to a forged source is more than ${maxAmplification} times as large as its query`, async (t) => {
  const { send, sent, settled } = await server({ responsesPerSecond: 0 })
  let largest = 0
  let truncated = 0
  for (const name of [...names, ...others])
    for (const type of types)
      for (const option of options) {
        const datagram = query(name, type, option)
        sent.length = 0
        send(datagram, '8.8.4.4')
        while (sent.length === 0) await settled()
        assert.equal(sent.length, 1)
        const factor = (sent[0] ?? 0) / datagram.length
        assert.ok(factor <= maxAmplification, `${name} ${type}: ${sent[0]} bytes for ${datagram.length}`)
        largest = Math.max(largest, factor)
        if (factor > maxAmplification - 1) truncated++
      }
  t.diagnostic(`the largest factor is ${largest.toFixed(2)}`)
  assert.ok(truncated > 0, 'some answers would be larger without the limit')
})

test('a flood at one network is answered at the limited rate, and clients of other networks are answered', async (t) => {
  const random = createRandom(11)
  const { send, sent, settled, clock } = await server()
  const seconds = 10
  let received = 0
  for (let count = 0; count < 20_000; count++) {
    clock.nowMs += (seconds * 1000) / 20_000
    const datagram = query(random.pick(names), random.pick(types), random.pick(options))
    received += datagram.length
    send(datagram, `8.8.4.${random.between(0, 255)}`)
    if (count % 1_000 === 0) await settled()
  }
  await settled()
  const bytes = sent.reduce((sum, each) => sum + each, 0)
  t.diagnostic(`${sent.length} answers to 20,000 queries, ${(bytes / received).toFixed(2)} bytes per byte`)
  const perSecond = defaultUdpLimits.responsesPerSecond
  assert.ok(sent.length <= 2 * perSecond * (seconds + 1) + 2, `${sent.length} answers`)
  assert.ok(bytes < received, 'the flood is not amplified')
  const before = sent.length
  send(query('web.prod.svc.cluster.local', 1, ''), '8.8.5.1')
  send(query('web.prod.svc.cluster.local', 1, ''), '10.0.0.1')
  await settled()
  assert.equal(sent.length, before + 2)
})
