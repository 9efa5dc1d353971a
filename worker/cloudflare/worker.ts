import type {
  DurableObjectNamespace,
  ExecutionContext,
  KVNamespace,
  RateLimit,
} from '@cloudflare/workers-types'
import { handle } from '../app.ts'
import { parseConfig } from '../config.ts'
import { createEdge, type Edge } from '../edge.ts'
import { faultText } from '../http/fault-text.ts'
import { internalError } from '../http/plain-response.ts'
import type { DohResponse } from '../http/request.ts'
import { fromWeb, toWeb } from '../http/web.ts'
import { createBindingLimiter } from './binding-limiter.ts'
import { consoleLog } from './console-log.ts'
import type { RegisterObject } from './durable-object.ts'
import { isolateClock } from './isolate-clock.ts'

export { RegisterObject } from './durable-object.ts'

/** The bindings of wrangler.toml. */
export type Bindings = {
  readonly KV: KVNamespace
  readonly REGISTER: DurableObjectNamespace<RegisterObject>
  /** Rate limits. Those without a binding are the configuration's, counted by each isolate. */
  readonly LIMIT_ANONYMOUS?: RateLimit
  readonly LIMIT_TOKEN?: RateLimit
  readonly LIMIT_FAILURE?: RateLimit
  readonly LIMIT_INGEST?: RateLimit
  /** The edge's configuration, JSON (docs/edge.md): a secret, so that deployments keep it. Without it, the edge has no clusters. */
  readonly KUBEDOH_CONFIG?: string
  /** The least time between two roots that agents are asked to keep (ms). */
  readonly KUBEDOH_PUBLISH_INTERVAL_MS?: string
  /** The number of keys a day that agents are asked not to exceed; '0' is no limit. */
  readonly KUBEDOH_WRITES_PER_DAY?: string
}

/** KV allows one write per second to a key, and its free plan allows 1,000 writes a day. */
const defaults = { config: '{"clusters":[]}', publishIntervalMs: '10000', writesPerDay: '1000' }

// An isolate serves one version of one Worker, so its bindings never change.
let kept: Edge | undefined

function edgeOf(bindings: Bindings): Edge {
  if (kept) return kept
  const config = parseConfig(bindings.KUBEDOH_CONFIG ?? defaults.config)
  kept = createEdge(config, {
    kv: bindings.KV,
    fetch: (url, init) => fetch(url, init),
    clock: isolateClock,
    random: Math.random,
    limiter: createBindingLimiter(
      config.limits,
      {
        anonymous: bindings.LIMIT_ANONYMOUS,
        token: bindings.LIMIT_TOKEN,
        failure: bindings.LIMIT_FAILURE,
        ingest: bindings.LIMIT_INGEST,
      },
      isolateClock,
    ),
    log: consoleLog,
    store: {
      kind: 'cloudflare-kv',
      minPublishIntervalMs: Number(bindings.KUBEDOH_PUBLISH_INTERVAL_MS ?? defaults.publishIntervalMs),
      writesPerDay: Number(bindings.KUBEDOH_WRITES_PER_DAY ?? defaults.writesPerDay) || null,
    },
    registerOf: (cluster) => bindings.REGISTER.get(bindings.REGISTER.idFromName(cluster)),
  })
  return kept
}

/** The client's address. Cloudflare replaces the header if a client sends one. */
function clientOf(request: Request): string | undefined {
  return request.headers.get('cf-connecting-ip') ?? undefined
}

export default {
  fetch(request: Request, bindings: Bindings, context: ExecutionContext): Response | Promise<Response> {
    const edge = edgeOf(bindings)
    const fail = (error: unknown): Response => {
      edge.log.warn('request failed', { method: request.method, error: faultText(error) })
      return toWeb(internalError)
    }
    const send = (response: DohResponse): Response => {
      try {
        return toWeb(response)
      } catch (error) {
        return fail(error)
      }
    }
    try {
      const response = handle(fromWeb(request, clientOf(request)), edge, context)
      return response instanceof Promise ? response.then(send, fail) : send(response)
    } catch (error) {
      return fail(error)
    }
  },
}
