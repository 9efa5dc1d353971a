import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../test/blackbox/command.ts'
import { startNodeEdge } from '../../test/blackbox/node-edge.ts'
import { waitFor } from '../../test/wait-for.ts'
import { startApiServer } from '../api-server.ts'
import { createCleanup } from '../cleanup.ts'
import { limits } from '../own-edges.ts'
import { cpuSeconds, peakMegabytes, residentMegabytes } from '../process-cost.ts'
import type { Bench } from '../rounds.ts'
import { zone } from '../shape.ts'
import { startAgent } from './agent.ts'
import { bundledCommand } from './bundled-command.ts'
import { movedSlices, type Width, wideShape } from './wide-shape.ts'

/** Memory in MB. `cpu`: seconds from the start to the first accepted root. */
export type AgentMemory = { readonly first: number; readonly peak: number; readonly cpu: number }

const cluster = 'bench'
const changes = 10
/** The first build of the widest cluster takes half a minute on one core. */
const patience = { timeoutMs: 600_000, intervalMs: 100 }

/**
 * The resident memory of a bundled agent that follows a cluster of this width: after its first root, and the most until it
 * has published ten changes of one endpoint. The API server is a stand-in, the edge is `kubedoh serve`.
 */
export async function agentMemory(
  width: Width,
  { dir, tell }: Pick<Bench, 'dir' | 'tell'>,
): Promise<AgentMemory> {
  const cleanup = createCleanup(tell)
  const own = join(dir, 'memory')
  try {
    await mkdir(own)
    const keyFile = join(own, 'key.json')
    const publicKey = (await run(['key', 'new', '--out', keyFile])).stdout.trim()
    const clusters = [{ id: cluster, keys: [publicKey], zones: [zone] }]
    const edge = await startNodeEdge({ public: true, limits, clusters })
    cleanup.add(edge.stop)
    const api = await startApiServer(wideShape(width))
    cleanup.add(api.close)
    const kubeconfig = join(own, 'kubeconfig')
    await writeFile(kubeconfig, api.kubeconfig)
    const { url: edgeUrl, caFile } = edge
    const place = { kubeconfig, edgeUrl, keyFile, cluster, command: await bundledCommand(own) }
    const agent = startAgent({ ...place, ...(caFile !== undefined && { caFile }) })
    cleanup.add(agent.stop)
    const rounds = (count: number): Promise<true> =>
      waitFor(`root ${count} of the agent`, () => agent.published().length >= count, patience)
    await rounds(1)
    const first = await residentMegabytes(agent.pid)
    const cpu = await cpuSeconds(agent.pid)
    const before = agent.published().length
    for (let change = 1; change <= changes; change++) {
      for (const slice of movedSlices(width, change)) api.changeSlice(slice)
      await rounds(before + change)
    }
    return { first, cpu, peak: await peakMegabytes(agent.pid) }
  } finally {
    await cleanup.run()
  }
}
