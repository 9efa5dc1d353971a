import { bundleWorker } from '../../deploy/worker/bundle.ts'
import { formatAddress } from '../../dns/address.ts'
import { nameFromText } from '../../dns/name.ts'
import { parseReverseName } from '../../dns/reverse.ts'
import type { SigningKey } from '../../snapshot/key.ts'
import { everyTransport } from '../blackbox/dns-places.ts'
import type { EdgeUnderTest, TestConfig } from '../blackbox/edge-under-test.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'
import { startKvBackend } from '../workerd/kv-backend.ts'
import { serveWorker } from '../workerd/serve.ts'
import { isReverseZone } from './context.ts'
import { cluster } from './publish.ts'
import type { GroupConfig } from './vectors.ts'

/** Starts an edge with a configuration. */
export type StartEdge = (config: TestConfig) => Promise<EdgeUnderTest>

/** A group's configuration → the edge's: zones, reverse zones as ranges, addresses of ns.dns, the URL of an upstream. */
export function edgeConfig(
  { zones, localIPs }: GroupConfig,
  key: SigningKey,
  upstream: string | undefined,
): TestConfig {
  return {
    public: true,
    // Nothing is cached, so that TTLs are passed unchanged.
    ...(upstream !== undefined && { upstream: { urls: [upstream], cacheBytes: 1 } }),
    clusters: [
      {
        id: cluster,
        keys: [key.publicKey],
        zones: zones.filter((zone) => !isReverseZone(zone)).map((zone) => zone.slice(0, -1)),
        reverse: zones.filter(isReverseZone).map(rangeOf),
        nameservers: localIPs,
      },
    ],
  }
}

/** '96.10.in-addr.arpa.' → '10.96.0.0/16'. Throws if it is not a reverse zone. */
function rangeOf(zone: string): string {
  const prefix = parseReverseName(nameFromText(zone))
  if (!prefix) throw new Error(`"${zone}" is not a reverse zone`)
  return `${formatAddress(prefix.bytes)}/${prefix.bits}`
}

/** Starts the self-hosted edge in its own process: HTTP/2 and TLS on 127.0.0.1. */
export const startNode: StartEdge = startNodeEdge

/** The same, answering over every transport. */
export const startNodeOverAll: StartEdge = (config) => startNodeEdge(config, everyTransport)

/** A function that starts workerd with the deployed form of the Worker. */
export async function workerdStarter(): Promise<StartEdge> {
  const module = await bundleWorker()
  return async (config) => {
    const kv = await startKvBackend()
    const vars = {
      KUBEDOH_CONFIG: JSON.stringify(config),
      KUBEDOH_PUBLISH_INTERVAL_MS: '100',
      KUBEDOH_WRITES_PER_DAY: '0',
    }
    const { url, stop } = await serveWorker(module, { kvPort: kv.port, vars })
    return {
      runtime: 'workerd',
      url,
      fetch,
      async stop() {
        await stop()
        await kv.close()
      },
    }
  }
}
