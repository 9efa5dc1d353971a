import type { HealthAnswer } from '../../host/http/health-server.ts'
import type { ListenAddress } from '../../host/http/listen.ts'
import { type Check, healthAnswer, type Probes } from '../../observe/health-checks.ts'
import { type ProcessFacts, processText } from '../../observe/process-metrics.ts'
import { metricsMediaType } from '../../observe/prometheus.ts'
import type { Log } from '../../worker/ports.ts'
import { ownVersion } from '../options/own-folder.ts'

/** A part of the process, an agent or an edge: its metrics in Prometheus' text format, and its checks. */
export type ObservedPart = Partial<Probes> & { text?(): string }

/** The endpoint of --health-listen: /metrics, /livez and /readyz of all parts of the process. */
export type HealthEndpoint = {
  /** Adds a part, whose metrics and checks come after those of the parts before. */
  add(part: ObservedPart): void
  /** Stops listening, and closes every connection at once. */
  close(): Promise<void>
}

const ping: Check = { name: 'ping', problem: () => undefined }

/** Opens the endpoint of these parts; the metrics of the process come last. Throws HostError LISTEN_*. */
export async function openHealthEndpoint(
  address: ListenAddress,
  first: readonly ObservedPart[],
  log: Log,
): Promise<HealthEndpoint> {
  const { startHealthServer } = await import('../../host/http/health-server.ts')
  const release = { version: ownVersion(), nodeVersion: process.version }
  const parts = [...first]
  const metrics = (): string =>
    [...parts.map((part) => part.text?.() ?? ''), processText(processFacts(), release)].join('')
  const checks = (endpoint: keyof Probes): Check[] => [ping, ...parts.flatMap((part) => part[endpoint] ?? [])]
  const server = await startHealthServer(address, (path, verbose): HealthAnswer | undefined => {
    if (path === '/metrics') return { status: 200, type: metricsMediaType, text: metrics() }
    if (path !== '/livez' && path !== '/readyz') return undefined
    const endpoint = path === '/livez' ? 'livez' : 'readyz'
    return { type: 'text/plain; charset=utf-8', ...healthAnswer(endpoint, checks(endpoint), verbose) }
  })
  log.info('observed', { url: server.url })
  return { add: (part) => void parts.push(part), close: server.close }
}

/**
 * Runs `use` with the endpoint at an address, or without one if there is no address, and closes it afterwards. Throws
 * HostError LISTEN_*, and the errors of `use`.
 */
export async function withHealthEndpoint(
  address: ListenAddress | undefined,
  first: readonly ObservedPart[],
  log: Log,
  use: (endpoint: HealthEndpoint | undefined) => Promise<void>,
): Promise<void> {
  const endpoint = address && (await openHealthEndpoint(address, first, log))
  try {
    await use(endpoint)
  } finally {
    await endpoint?.close()
  }
}

function processFacts(): ProcessFacts {
  const { user, system } = process.cpuUsage()
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    startSeconds: performance.timeOrigin / 1000,
  }
}
