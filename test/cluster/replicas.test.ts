import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from '../blackbox/command.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'
import { dig, type Target } from '../clients/dig.ts'
import { waitFor } from '../wait-for.ts'
import { type Available, availableCluster } from './available-cluster.ts'
import { apply } from './change-cluster.ts'
import type { Cluster } from './control-plane.ts'

/* Replicas of the agent with one Lease: one is killed, one is stopped (SIGSTOP) and continues. */

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const place = 'kube-system/kubedoh-replicas'

let available: Available
let dir: string

before(
  async () => {
    available = await availableCluster(process.env)
    dir = await mkdtemp(join(tmpdir(), 'kubedoh-replicas-'))
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  await available?.cluster?.stop()
  await rm(dir, { recursive: true })
})

type Replica = {
  readonly process: ChildProcess
  said(): string
  leads(): boolean
  end(): Promise<number | null>
}

/** Starts one replica; its log shows when it starts and stops to lead. */
function startReplica(options: readonly string[]): Replica {
  const child = spawn(
    process.execPath,
    [main, 'sync', ...options, '--lease', place, '--log-format', 'json'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return {
    process: child,
    said: () => text,
    leads: () => text.lastIndexOf('"leading"') > text.lastIndexOf('"leadership lost"'),
    async end() {
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const [code] = (await once(child, 'exit')) as [number | null]
      return code
    },
  }
}

function service(name: string, address: string): string {
  return `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: default}, spec: {type: ExternalName, externalName: ${address}.example.com}}`
}

async function answered(target: Target, name: string): Promise<boolean> {
  const { answer } = await dig(target, `${name}.default.svc.cluster.local`, 'CNAME')
  return answer.length === 1
}

/** Creates a Service; resolves when the edge answers it, to the time from change to answer (ms). */
async function changeAndSee(cluster: Cluster, target: Target, name: string): Promise<number> {
  await apply(cluster, service(name, name))
  const beganMs = performance.now()
  await waitFor(`${name} is answered`, () => answered(target, name))
  return performance.now() - beganMs
}

test('a killed or stopped leader is replaced, and a stopped one publishes nothing after it continues', async (t) => {
  const { cluster } = available
  if (!cluster) return t.skip(available.reason)
  if (!cluster.owned) return t.skip('KUBECONFIG is set: the test creates no Lease there')
  const key = join(dir, 'key.json')
  const publicKey = (await run(['key', 'new', '--out', key])).stdout.trim()
  const edge = await startNodeEdge({
    public: true,
    clusters: [{ id: 'dev', keys: [publicKey], zones: ['cluster.local'] }],
  })
  const target = { url: `${edge.url}/dns-query`, caFile: edge.caFile }
  const options = [
    ...['--cluster', 'dev', '--edge', edge.url, '--ca', edge.caFile, '--key', key],
    ...['--kubeconfig', cluster.kubeconfig],
  ]
  const replicas: Replica[] = []
  const begin = (): Replica => {
    const replica = startReplica(options)
    replicas.push(replica)
    return replica
  }
  try {
    const first = begin()
    await waitFor('the first replica leads', first.leads)
    const second = begin()
    await changeAndSee(cluster, target, 'one')
    assert.equal(second.leads(), false)

    first.process.kill('SIGKILL')
    const killedMs = performance.now()
    await apply(cluster, service('two', 'two'))
    await waitFor('a change after the kill is answered', () => answered(target, 'two'))
    const followedMs = performance.now() - killedMs
    assert.ok(second.leads())
    // It takes less than 15 s on an idle machine.
    assert.ok(followedMs < 60_000, `${followedMs} ms`)

    const third = begin()
    second.process.kill('SIGSTOP')
    const stoppedMs = performance.now()
    await apply(cluster, service('three', 'three'))
    await waitFor('a change after the stop is answered', () => answered(target, 'three'))
    const replacedMs = performance.now() - stoppedMs
    assert.ok(third.leads())
    assert.ok(replacedMs < 60_000, `${replacedMs} ms`)

    const saidBefore = second.said().length
    second.process.kill('SIGCONT')
    await waitFor('the stopped replica knows that it does not lead', () => !second.leads())
    await changeAndSee(cluster, target, 'four')
    const since = second.said().slice(saidBefore)
    assert.doesNotMatch(since, /"published/, since)
    assert.ok(third.leads())

    assert.equal(await third.end(), 0)
    const releasedMs = performance.now()
    await waitFor('the last replica leads', second.leads)
    const releaseMs = performance.now() - releasedMs
    t.diagnostic(
      `takeover: ${Math.round(followedMs)} ms after SIGKILL, ${Math.round(replacedMs)} ms after SIGSTOP, ${Math.round(releaseMs)} ms after SIGTERM`,
    )
  } finally {
    for (const replica of replicas) await replica.end()
    await edge.stop()
  }
})
