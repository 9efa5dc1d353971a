import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { digServer } from '../clients/dig.ts'
import { output } from '../clients/program.ts'
import { freePorts } from '../free-ports.ts'
import { waitFor } from '../wait-for.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { apply } from './change-cluster.ts'
import { applyExamples, exampleService } from './example-service.ts'
import { mayUnshare, podUser } from './pod.ts'
import { type Backend, startBalancer } from './replicas/balancer.ts'
import { type Expected, startLoad } from './replicas/load.ts'
import { type Replica, startReplica } from './replicas/up-replica.ts'

/*
 * Three replicas of `up` with nothing in common, behind one address. Under load, one is killed, and then all are
 * restarted one after another, while the cluster gets new Services.
 */

const count = 3
const drainSeconds = 2

let available: Available

before(
  async () => {
    available = await availableCluster(process.env)
  },
  { timeout: 30 * 60_000 },
)
after(() => available?.cluster?.stop())

const questions: readonly Expected[] = [
  { name: 'kubernetes.default.svc.cluster.local', type: 'A', rcode: 'NOERROR', answers: 1 },
  { name: exampleService.name, type: 'A', rcode: 'NOERROR', answers: 3 },
  { name: exampleService.name, type: 'AAAA', rcode: 'NOERROR', answers: 0 },
  { name: 'absent.default.svc.cluster.local', type: 'A', rcode: 'NXDOMAIN', answers: 0 },
]

/** Adds a Service to the cluster; resolves to its question once every replica that is ready answers it. */
async function addService(
  cluster: Parameters<typeof apply>[0],
  name: string,
  replicas: readonly Replica[],
): Promise<Expected> {
  await apply(
    cluster,
    `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: default}, spec: {clusterIP: None}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4,
 metadata: {name: ${name}, namespace: default, labels: {kubernetes.io/service-name: ${name}}},
 endpoints: [{addresses: [10.9.8.7]}], ports: []}`,
  )
  const asked = `${name}.default.svc.cluster.local`
  for (const { dnsPort } of replicas) {
    const server = { address: '127.0.0.1', port: dnsPort }
    await waitFor(`${name} is answered`, async () => (await digServer(server, asked)).answer.length === 1)
  }
  return { name: asked, type: 'A', rcode: 'NOERROR', answers: 1 }
}

/** A cookie secret that the user of the replicas can read, and nobody else. */
async function secretFile(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-cookie-'))
  t.after(() => rm(dir, { recursive: true }))
  await chmod(dir, 0o755)
  const file = join(dir, 'secret')
  await writeFile(file, `${randomBytes(16).toString('hex')}\n`, { mode: 0o400 })
  await chown(file, podUser, podUser)
  return file
}

/** dig gets a server cookie by way of the balancer; every replica takes it for its own, and a wrong one for none. */
async function cookiesAreShared(balancer: number, places: readonly Backend[]): Promise<void> {
  const name = 'kubernetes.default.svc.cluster.local'
  const ask = (port: number, cookie: string): Promise<string> =>
    output('dig', ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=5', cookie, name])
  const cookieIn = (said: string): string => {
    assert.match(said, /status: NOERROR/)
    const [, cookie] = /^; COOKIE: ([0-9a-f]{48}) \(good\)$/m.exec(said) ?? []
    assert.ok(cookie, said)
    return cookie
  }
  const cookie = cookieIn(await ask(balancer, '+cookie'))
  const wrong = `${cookie.slice(0, -2)}${cookie.endsWith('00') ? '01' : '00'}`
  for (const { dnsPort } of places) {
    assert.equal(cookieIn(await ask(dnsPort, `+cookie=${cookie}`)), cookie)
    assert.notEqual(cookieIn(await ask(dnsPort, `+cookie=${wrong}`)), wrong)
  }
}

test('a killed replica and a rolling restart cost no query and no name', async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: the test creates no roles there')
  if (!(await mayUnshare())) return t.skip('mount namespaces need root')
  await applyExamples(cluster)
  await apply(cluster, await readFile(new URL('../../examples/rbac.yaml', import.meta.url), 'utf8'))
  const manifest = await readFile(new URL('../../deploy/kubedoh.yaml', import.meta.url), 'utf8')
  await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], { input: manifest })
  const token = await cluster.kubectl(['create', 'token', 'kubedoh', '-n=kubedoh'])
  const ports = await freePorts(2 * count)
  const places = Array.from(
    { length: count },
    (_, at): Backend => ({
      ...{ dnsPort: ports[2 * at] ?? 0, healthPort: ports[2 * at + 1] ?? 0 },
    }),
  )
  const secret = await secretFile(t)
  const options = [
    ...['--allow', '127.0.0.0/8', '--drain-seconds', String(drainSeconds)],
    ...['--cookie-secret-file', secret],
  ]
  const begin = (place: Backend): Replica => startReplica(cluster, token, place, options)
  const replicas = places.map(begin)
  t.after(() => Promise.all(replicas.map((replica) => replica.kill())))
  await Promise.all(replicas.map((replica) => replica.ready()))
  const balancer = await startBalancer(places)
  t.after(() => balancer.close())
  const allReady = (): Promise<boolean> =>
    waitFor('the balancer uses every replica', () => balancer.readyCount() === count)
  await allReady()

  await cookiesAreShared(balancer.port, places)

  const load = startLoad(balancer.port, questions)
  load.ask(await addService(cluster, 'before-kill', replicas))
  await replicas[0]?.kill()
  load.ask(await addService(cluster, 'after-kill', replicas.slice(1)))
  replicas[0] = begin(places[0] as Backend)
  await replicas[0].ready()
  await allReady()
  // A replica may be ready again before the clients of the killed one have waited in vain.
  await load.settled()
  const killed = load.counts.retried.length

  const tookMs: number[] = []
  for (const [at, place] of places.entries()) {
    const replica = replicas[at] as Replica
    const ended = await replica.stop()
    assert.equal(ended.code, 0, replica.said())
    tookMs.push(Math.round(ended.tookMs))
    const left = replicas.filter((_, other) => other !== at)
    load.ask(await addService(cluster, `restart-${at}`, left))
    replicas[at] = begin(place)
    await replicas[at].ready()
    await allReady()
  }
  const counts = await load.stop()
  const restarted = counts.retried.slice(killed)
  t.diagnostic(
    `${counts.queries} queries; further attempts: ${killed} by SIGKILL, ${restarted.length} by restarts; ends took ${tookMs.join(', ')} ms`,
  )
  assert.deepEqual(counts.wrong, [])
  assert.equal(counts.lost, 0, `attempts without an answer: ${counts.retried.join(', ')}`)
  // Clients do not notice an orderly restart.
  assert.deepEqual(restarted, [])
  assert.ok(counts.queries > 500, `only ${counts.queries} queries`)
  for (const ms of tookMs) assert.ok(ms < (drainSeconds + 6) * 1000, `an end took ${ms} ms`)
})
