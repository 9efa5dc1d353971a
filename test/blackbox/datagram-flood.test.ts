import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { exchangeDatagrams } from '../../host/dns/udp/udp-client.case.ts'
import { drawQuery, validQuery } from '../fuzz/query-target.ts'
import { createRandom } from '../seeded-random.ts'
import { query } from './ask.ts'
import { type Running, start } from './command.ts'

/* Floods of datagrams at `kubedoh up`: another client gets its answers meanwhile, and the memory stays within bounds. */

const floodMs = 4_000
const perSecond = 3_000
/** Far more than the server needs for its queues, and less than a flood that is kept takes. */
const maxGrownMegabytes = 150

let running: Running
let address: { host: string; port: number }
before(async () => {
  running = await start(['up', '--data', 'none', '--listen', '127.0.0.1:0', '--dns-listen', '127.0.0.1:0'])
  const line = running.stdout.find((text) => text.startsWith('DNS (UDP')) ?? assert.fail('no address')
  address = { host: '127.0.0.1', port: Number(line.split(':').at(-1)) }
})
after(() => running.stop())

const linux = { skip: process.platform === 'linux' ? false : 'it reads /proc' }

async function residentMegabytes(): Promise<number> {
  const status = await readFile(`/proc/${running.process.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+([0-9]+) kB/.exec(status)?.[1]) / 1024
}

/** Sends datagrams from four ports at an even rate, without reading the answers; the number sent. */
async function flood(draw: () => Buffer): Promise<number> {
  const sockets = Array.from({ length: 4 }, () => dgram.createSocket('udp4'))
  for (const socket of sockets) {
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
  }
  let sent = 0
  const beganMs = performance.now()
  while (performance.now() - beganMs < floodMs) {
    const due = ((performance.now() - beganMs) * perSecond) / 1000
    for (; sent < due; sent++) sockets[sent % sockets.length]?.send(draw(), address.port, address.host)
    await sleep(10)
  }
  for (const socket of sockets) socket.close()
  return sent
}

/**
 * Asks until the signal aborts; the number of answered questions. On a busy machine the system drops datagrams of everybody
 * before the server reads them, so a question is asked again, as resolvers do.
 */
async function askMeanwhile(ended: AbortSignal): Promise<number> {
  const asked = query('kubernetes.default.svc.cluster.local', 1)
  for (let answered = 0; ; answered++) {
    if (ended.aborted) return answered
    let received = 0
    for (let tries = 0; tries < 100 && received === 0; tries++)
      received = (await exchangeDatagrams(address, [asked], { waitMs: 300 })).length
    assert.equal(received, 1, `question ${answered + 1} got no answer`)
    await sleep(20)
  }
}

for (const [what, draw] of [
  ['broken queries', drawQuery],
  ['valid queries', validQuery],
] as const)
  test(`a flood of ${what}`, linux, async (t) => {
    const random = createRandom(3)
    const pool = Array.from({ length: 2_000 }, () => Buffer.from(draw(random), 'latin1'))
    const atFirst = await residentMegabytes()
    const ended = new AbortController()
    const answered = askMeanwhile(ended.signal)
    const sent = await flood(() => random.pick(pool)).finally(() => ended.abort())
    const count = await answered
    const grown = (await residentMegabytes()) - atFirst
    t.diagnostic(
      `${sent} sent, ${count} questions answered meanwhile, memory grown by ${grown.toFixed(0)} MB`,
    )
    assert.ok(count > 0, 'no question was answered')
    assert.ok(grown < maxGrownMegabytes, `the memory has grown by ${grown.toFixed(0)} MB`)
    assert.deepEqual(
      running.stderr.filter((line) => /query failed|UDP socket/.test(line)),
      [],
    )
  })
