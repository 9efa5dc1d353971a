import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../blackbox/command.ts'
import { freePorts } from '../../free-ports.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type Api, apiOf } from '../differential/api.ts'
import { writeKubeconfig } from '../kubeconfig.ts'
import { type ApiProxy, startApiProxy } from './api-proxy.ts'
import type { Limits } from './check-answer.ts'
import type { Counts } from './counts.ts'
import { type EdgeProxy, startEdgeProxy } from './edge-proxy.ts'
import { type Keeper, keep } from './kubedoh-process.ts'

/** All programs: a control plane, an agent that reaches the API and the edge through proxies, and the edge, which clients reach directly. */
export type TestBed = {
  readonly plane: ControlPlane
  readonly api: Api
  readonly apiProxy: ApiProxy
  readonly edgeProxy: EdgeProxy
  readonly agent: Keeper
  readonly edge: Keeper
  /** The DoH URL of the edge. */
  readonly dohUrl: string
  readonly limits: Limits
  /** The time since which nothing from the API reaches the agent, during a fault that cuts it off. */
  readonly cut: { sinceMs: number | undefined }
  close(): Promise<void>
}

/**
 * Short age limits, so that a run sees old data. Every watch gets an event twice a second, and the agent publishes
 * every second, so without faults data is never two seconds old.
 */
const limits: Limits = { staleMs: 4_000, expiredMs: 15_000 }
const heartbeatMs = 1_000

/** Starts the proxies, the edge and the agent around a plane. */
export async function startTestBed(plane: ControlPlane, counts: Counts): Promise<TestBed> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-chaos-'))
  const [apiPort = 0, edgePort = 0, edgeProxyPort = 0] = await freePorts(3)
  const { server: identity, admin, caFile } = plane.certificates
  const apiProxy = await startApiProxy(apiPort, { apiUrl: plane.apiUrl, caFile, identity, as: admin })
  const edgeUrl = `https://127.0.0.1:${edgePort}`
  const edgeProxy = await startEdgeProxy(edgeProxyPort, { edgeUrl, caFile, identity })
  const key = join(dir, 'key.json')
  const publicKey = (await run(['key', 'new', '--out', key])).stdout.trim()
  const edge = keep({
    ...(await edgeProgram(dir, { port: edgePort, publicKey, identity })),
    onCrash: (lines) => counts.crashed('edge', lines),
  })
  const agent = keep({
    ...(await agentProgram(dir, { apiProxy, edgeProxy, plane, key, counts })),
    onCrash: (lines) => counts.crashed('agent', lines),
  })
  const close = async (): Promise<void> => {
    await Promise.all([agent.kill(), edge.kill()])
    await Promise.all([apiProxy.close(), edgeProxy.close()])
    await rm(dir, { recursive: true, force: true })
  }
  const cut: TestBed['cut'] = { sinceMs: undefined }
  const dohUrl = `${edgeUrl}/dns-query`
  return { plane, api: apiOf(plane), apiProxy, edgeProxy, agent, edge, dohUrl, limits, cut, close }
}

async function edgeProgram(
  dir: string,
  given: { port: number; publicKey: string; identity: ControlPlane['certificates']['server'] },
) {
  const config = {
    public: true,
    clusters: [
      {
        id: 'chaos',
        keys: [given.publicKey],
        zones: ['cluster.local'],
        reverse: ['0.0.0.0/0', '::/0'],
      },
    ],
  }
  const configFile = join(dir, 'config.json')
  await writeFile(configFile, JSON.stringify(config))
  const { certFile, keyFile } = given.identity
  return {
    args: [
      ...['serve', '--config', configFile, '--data', join(dir, 'edge')],
      ...['--listen', `127.0.0.1:${given.port}`, '--tls-cert', certFile, '--tls-key', keyFile],
    ],
    isReady: (line: string) => line.startsWith('ready '),
  }
}

async function agentProgram(
  dir: string,
  given: { apiProxy: ApiProxy; edgeProxy: EdgeProxy; plane: ControlPlane; key: string; counts: Counts },
) {
  const { apiProxy, edgeProxy, plane, key, counts } = given
  const { caFile, admin } = plane.certificates
  const apiUrl = `https://127.0.0.1:${apiProxy.port}`
  const kubeconfig = await writeKubeconfig(join(dir, 'agent.kubeconfig'), apiUrl, caFile, admin)
  const seconds = (ms: number): string => String(ms / 1_000)
  return {
    args: [
      ...['sync', '--cluster', 'chaos', '--edge', edgeProxy.url, '--ca', caFile, '--key', key],
      ...['--kubeconfig', kubeconfig, '--log-format', 'json'],
      ...['--heartbeat-seconds', seconds(heartbeatMs)],
      ...['--stale-after-seconds', seconds(limits.staleMs)],
      ...['--expires-after-seconds', seconds(limits.expiredMs)],
    ],
    // The agent prints no ready line.
    isReady: () => true,
    onLine: (line: string) => counts.line(wordOf(line)),
  }
}

/** The kind of a line of the agent's log. */
function wordOf(line: string): string {
  try {
    const { message, code, kind } = JSON.parse(line) as Record<string, unknown>
    return [message, code, kind].filter((word) => typeof word === 'string').join(' ')
  } catch {
    return 'something else'
  }
}
