import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkerModules } from '../../deploy/worker/bundle.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { createClock } from '../../sync/clock.ts'
import { resolveOptions } from '../../sync/options.ts'
import { publishOnce } from '../../sync/publish-once.ts'
import { silent } from '../../test/blackbox/publish.ts'
import { waitFor } from '../../test/wait-for.ts'
import { startKvBackend } from '../../test/workerd/kv-backend.ts'
import { type ServedWorker, serveWorker } from '../../test/workerd/serve.ts'
import type { Cleanup } from '../cleanup.ts'
import { askFirst } from '../cold-start.ts'
import { limits } from '../own-edges.ts'
import { schedulerMillis } from '../process-cost.ts'
import { zone } from '../shape.ts'
import { cluster, storeOf } from './root-size.ts'
import type { Width } from './wide-shape.ts'

/** A function that starts a process of a Worker whose register has a cluster, and a second Worker that reads from that register. */
export type StartPublished = () => Promise<ServedWorker>

/** Publishes a cluster to a Worker, and keeps its data for new processes. */
export async function publishedWorker(
  width: Width,
  modules: WorkerModules,
  key: SigningKey,
  cleanup: Cleanup,
): Promise<StartPublished> {
  const kv = await startKvBackend()
  cleanup.add(kv.close)
  const objects = await mkdtemp(join(tmpdir(), 'kubedoh-objects-'))
  cleanup.add(() => rm(objects, { recursive: true }))
  const clusters = [{ id: cluster, keys: [key.publicKey], zones: [zone] }]
  const vars = {
    KUBEDOH_CONFIG: JSON.stringify({ public: true, limits, clusters }),
    KUBEDOH_WRITES_PER_DAY: '0',
    KUBEDOH_ROWS_PER_DAY: '0',
    KUBEDOH_PUBLISH_INTERVAL_MS: '1',
  }
  const start: StartPublished = () =>
    serveWorker(modules, { kvPort: kv.port, vars, objects, hasReader: true })
  const served = await start()
  try {
    const options = resolveOptions({ cluster })
    const { signal } = new AbortController()
    const [edge, clock] = [{ url: served.url, fetch }, createClock(Date.now)]
    await publishOnce(storeOf(width), options, { key, edge, log: silent, clock, random: Math.random, signal })
    await waitFor('a checkpoint', () => kv.values.has(`${cluster}/root`), { timeoutMs: 120_000 })
  } finally {
    await served.stop()
  }
  return start
}

/**
 * The CPU of a process for the first query of an isolate (ms). The register has answered another isolate before, so that it holds
 * the root, as it does while agents publish; what the isolate does after its answer counts.
 */
export async function firstQueryMillis(start: StartPublished, name: string): Promise<number> {
  const served = await start()
  try {
    const { pid = 0 } = served.process
    await askFirst(served.url, name)
    const before = await quietMillis(pid)
    await askFirst(served.readerUrl, name)
    return (await quietMillis(pid)) - before
  } finally {
    await served.stop()
  }
}

/** A process counts as quiet once it took less than this CPU (ms) in an interval of this length (ms). */
const quiet = { cpuMillis: 0.2, intervalMs: 100 }

/** The CPU of a process once it is quiet (ms). */
async function quietMillis(pid: number): Promise<number> {
  let last = await schedulerMillis(pid)
  for (;;) {
    await sleep(quiet.intervalMs)
    const now = await schedulerMillis(pid)
    if (now - last < quiet.cpuMillis) return now
    last = now
  }
}
