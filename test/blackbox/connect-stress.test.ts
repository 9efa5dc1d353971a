import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { askAtOnce } from '../clients/burst.ts'
import type { Server } from '../clients/dig.ts'
import { type Relay, startRelay } from '../clients/relay.ts'
import { startLoad } from '../clients/steady-load.ts'
import { type Running, start } from './command.ts'

/* `connect` with many queries at once, and with an edge that is away for a while. `npm run bench -- --only p` is the whole of it. */

/** Names that are asked at once, each once. */
const names = 2_000

/** The receive buffer that they need (bytes). Linux takes twice the value, and counts 832 bytes for each query. */
const neededBytes = (names * 832) / 2

let dir: string
let edge: Running
let relay: Relay
let stub: Running
let server: Server
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-stress-'))
  edge = await start(['up', '--data', dir, '--listen', '127.0.0.1:0'])
  const url = new URL(edge.url)
  relay = await startRelay(Number(url.port))
  url.port = String(relay.port)
  const places = ['--ca', join(dir, 'tls', 'ca.pem'), '--state', 'none']
  stub = await start(['connect', url.href, '--listen', '127.0.0.1:0', ...places])
  const [address = '', port] = stub.url.split(':')
  server = { address, port: Number(port) }
})
after(async () => {
  assert.equal(await stub.stop(), 0)
  await relay.close()
  await edge.stop()
  await rm(dir, { recursive: true })
})

const mostBytes = await readFile('/proc/sys/net/core/rmem_max', 'utf8').then(Number, () => 0)
const smallBuffers = mostBytes < neededBytes ? `net.core.rmem_max is below ${neededBytes}` : false

for (const transport of ['udp', 'tcp'] as const)
  test(`${names} names that are asked at once over ${transport} are all answered`, {
    skip: transport === 'udp' && smallBuffers,
  }, async () => {
    const distinct = Array.from({ length: names }, (_, at) => `${transport}-${at}.default.svc.cluster.local`)
    const burst = { server, transport, sockets: 64, waitMs: 20_000 }
    for (const what of ['not cached', 'cached']) {
      const { unanswered, servfail } = await askAtOnce({ ...burst, names: distinct })
      assert.deepEqual([unanswered.length, servfail], [0, 0], what)
    }
  })

test('an edge that is away for 1.5 s at 1,000 queries/s: every query of a cached name is answered', async () => {
  const load = await startLoad(server, ['kubernetes.default.svc.cluster.local'], 1_000)
  await sleep(500)
  await relay.leave()
  await sleep(1_500)
  await relay.comeBack()
  await sleep(1_000)
  const rcodes = (await load.stop()).get('kubernetes.default.svc.cluster.local')
  assert.deepEqual([...(rcodes?.keys() ?? [])], ['NOERROR'])
  assert.ok((rcodes?.get('NOERROR') ?? 0) >= 2_900)
})
