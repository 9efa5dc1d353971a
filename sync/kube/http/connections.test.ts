import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { developmentCertificate } from '../../../host/tls/development-certificate.ts'
import { createClock } from '../../clock.ts'
import { seekLeadership } from '../../lease/election.ts'
import { openLease } from '../../lease/lease-client.ts'
import { kubeconfigFor, startTestApi, type TestApi, type TestTls } from '../api.case.ts'
import { type Kube, type KubeResponse, loadKube } from './client.ts'
import { KubeError } from './errors.ts'
import { startNetwork, type TestNetwork } from './network.case.ts'
import { textOf } from './read-body.ts'

const dir = await mkdtemp(join(tmpdir(), 'kubedoh-connections-'))
after(() => rm(dir, { recursive: true }))

async function makeTls(name: string): Promise<TestTls> {
  const made = await developmentCertificate(join(dir, name), [])
  return { ...made, caPem: await readFile(made.caFile, 'utf8') }
}

const tls = await makeTls('tls')
const never = new AbortController().signal
/** Four missed pings end a connection, so the test and its server may be delayed by three of them. */
const pingMs = 500
/** Longer than a connection without answers to pings lives. */
const quietMs = 6 * pingMs

type Scene = { api: TestApi; network: TestNetwork; kube: Kube; file: string }

/** An API that speaks HTTP/2, behind a network. */
async function open(t: TestContext, user?: object): Promise<Scene> {
  const api = await startTestApi(tls)
  const network = await startNetwork(api.port)
  const file = join(await mkdtemp(join(dir, 'kube-')), 'kubeconfig')
  await writeFile(file, kubeconfigFor(network.port, tls, user))
  const kube = loadKube({ kubeconfig: file }, { pingMs })
  t.after(async () => {
    await kube.close()
    await network.close()
    await api.close()
  })
  return { api, network, kube, file }
}

async function list(kube: Kube, signal: AbortSignal = never): Promise<KubeResponse> {
  const response = await kube.get('/list', signal)
  await textOf(response.body)
  return response
}

/** A list whose deadline passes as soon as `sent` resolves. */
async function listLate(kube: Kube, sent: Promise<void>): Promise<KubeResponse> {
  const late = new AbortController()
  const listing = list(kube, late.signal)
  await sent
  late.abort(new DOMException('the time is over', 'TimeoutError'))
  return listing
}

/** A watch that is read: its text so far, and how it ended. */
async function watch(kube: Kube): Promise<{ said: string[]; ended: Promise<unknown> }> {
  const { body } = await kube.get('/list?watch=true', never)
  const said: string[] = []
  const read = async (): Promise<unknown> => {
    try {
      for await (const chunk of body) said.push(Buffer.from(chunk).toString())
      return undefined
    } catch (error) {
      return error
    }
  }
  return { said, ended: read() }
}

test('lists and watches share one connection, which is kept while it answers pings', async (t) => {
  const { api, kube } = await open(t)
  await list(kube)
  const { said } = await watch(kube)
  // Six pings without an event on the watch.
  await pause(quietMs)
  ;(await api.watch(0)).write('{}\n')
  while (said.length === 0) await pause(5)
  for (let n = 0; n < 20; n++) await list(kube)
  assert.equal(api.connections(), 1)
})

test('on a silent network requests end after four pings, and the next request uses a new connection', async (t) => {
  const { network, kube } = await open(t)
  const { ended } = await watch(kube)
  network.cut()
  const error = await ended
  assert.ok(error instanceof KubeError)
  assert.equal(error.code, 'KUBE_UNREACHABLE')
  assert.match(error.message, /no answer to 4 pings/)
  network.heal()
  assert.equal((await list(kube)).status, 200)
})

test('after a request without an answer in time the next one takes a new connection', async (t) => {
  const { api, network, kube } = await open(t)
  await list(kube)
  network.cut()
  await assert.rejects(listLate(kube, network.dropped()), { name: 'TimeoutError' })
  network.heal()
  assert.equal((await list(kube, AbortSignal.timeout(60_000))).status, 200)
  assert.equal(api.connections(), 2)
})

test('a slow response does not end a watch on the same connection', async (t) => {
  const { api, kube } = await open(t)
  const { said } = await watch(kube)
  const asked = Promise.withResolvers<void>()
  api.faults.push({ verb: 'list', answer: () => asked.resolve() })
  await assert.rejects(listLate(kube, asked.promise), { name: 'TimeoutError' })
  await list(kube)
  await pause(quietMs)
  ;(await api.watch(0)).write('{}\n')
  while (said.length === 0) await pause(5)
  assert.equal(api.connections(), 2)
})

test('ending a watch keeps its connection', async (t) => {
  const { api, kube } = await open(t)
  await list(kube)
  for (let n = 0; n < 5; n++) {
    const stop = new AbortController()
    const { body } = await kube.get('/list?watch=true', stop.signal)
    stop.abort(new Error('enough'))
    await assert.rejects(textOf(body), { message: 'enough' })
    await list(kube)
  }
  assert.equal(api.connections(), 1)
})

test('an abort while connecting takes effect at once', async (t) => {
  const { network, kube } = await open(t)
  network.cut()
  const beganMs = Date.now()
  await assert.rejects(list(kube, AbortSignal.timeout(50)), { name: 'TimeoutError' })
  // Without the abort, the connect timeout of 10 s or the system's of two minutes would end it.
  assert.ok(Date.now() - beganMs < 9_000)
})

test('a replaced token file is used from the next request on, over the same connection', async (t) => {
  const tokenFile = join(dir, 'token')
  await writeFile(tokenFile, 'old')
  const { api, kube } = await open(t, { tokenFile })
  api.admits = (authorization) => authorization === 'Bearer old'
  assert.equal((await list(kube)).status, 200)
  await writeFile(tokenFile, 'new')
  api.admits = (authorization) => authorization === 'Bearer new'
  assert.equal((await list(kube)).status, 200)
  assert.deepEqual(api.authorizations, ['Bearer old', 'Bearer new'])
  assert.equal(api.connections(), 1)
})

test('requests fail while the token file is missing', async (t) => {
  const tokenFile = join(dir, 'lost-token')
  await writeFile(tokenFile, 'old')
  const { api, kube } = await open(t, { tokenFile })
  api.admits = () => false
  await list(kube)
  await rm(tokenFile)
  await assert.rejects(list(kube), { code: 'KUBE_CREDENTIALS', message: /lost-token/ })
  await writeFile(tokenFile, 'new')
  api.admits = () => true
  await list(kube)
  assert.equal(api.authorizations.at(-1), 'Bearer new')
})

test('a replaced CA certificate is used for new connections only', async (t) => {
  const caFile = join(dir, 'authority.pem')
  await writeFile(caFile, tls.caPem)
  const { api, kube, file } = await open(t)
  const config = JSON.parse(await readFile(file, 'utf8')) as { clusters: { cluster: object }[] }
  config.clusters[0] = {
    ...config.clusters[0],
    cluster: { server: `https://127.0.0.1:${api.port}`, 'certificate-authority': caFile },
  }
  await writeFile(file, JSON.stringify(config))
  const rotating = loadKube({ kubeconfig: file }, { pingMs })
  t.after(() => rotating.close())
  await list(rotating)
  const { said } = await watch(rotating)
  await writeFile(caFile, (await makeTls('other')).caPem)
  await assert.rejects(list(rotating), { code: 'KUBE_CERTIFICATE', message: /certificate/ })
  ;(await api.watch(0)).write('{}\n')
  while (said.length === 0) await pause(5)
  await writeFile(caFile, tls.caPem)
  await list(rotating)
  await kube.close()
})

test('a leader keeps its Lease when its connection dies silently', async (t) => {
  const { api, network, file } = await open(t)
  api.pages[0] = {
    metadata: { name: 'kubedoh', resourceVersion: '1' },
    spec: { holderIdentity: 'a', leaseDurationSeconds: 8, leaseTransitions: 3 },
  }
  const kube = loadKube({ kubeconfig: file })
  const stop = new AbortController()
  const leadership = seekLeadership({
    lease: openLease(kube, { namespace: 'kube-system', name: 'kubedoh', identity: 'a' }),
    identity: 'a',
    times: { durationMs: 60_000, renewDeadlineMs: 50_000, retryMs: 200 },
    clock: createClock(() => Date.now()),
    steadyMs: () => performance.now(),
    random: () => 0.5,
    log: { info: () => {}, warn: () => {} },
    signal: stop.signal,
  })
  t.after(async () => {
    stop.abort()
    await leadership.done
    await kube.close()
  })
  while (leadership.term() === undefined) await pause(10)
  network.cut()
  network.heal()
  // The next renewal finds the connection dead, and one after it goes over a new connection.
  while (api.connections() < 2) {
    assert.equal(leadership.term(), 3)
    await pause(10)
  }
  assert.equal(leadership.term(), 3)
})
