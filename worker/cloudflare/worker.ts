import type {
  CacheStorage,
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
import { fromWeb, toWeb } from '../http/web.ts'
import { createRegisterSource } from '../source/register-source.ts'
import { createBindingLimiter } from './binding-limiter.ts'
import { consoleLog } from './console-log.ts'
import type { RegisterObject } from './durable-object.ts'
import { isolateClock } from './isolate-clock.ts'
import { createCloudflareCache } from './location-cache.ts'
import { readServing, readStoreFacts, type ServingBindings } from './serving-bindings.ts'

export { RegisterObject } from './durable-object.ts'

/** The bindings of wrangler.toml. */
export type Bindings = ServingBindings & {
  readonly KV: KVNamespace
  /** Without it, this Worker accepts no snapshots and reads KV alone. */
  readonly REGISTER?: DurableObjectNamespace<RegisterObject>
  /** Rate limits. Those without a binding are the configuration's, counted by each isolate. */
  readonly LIMIT_ANONYMOUS?: RateLimit
  readonly LIMIT_TOKEN?: RateLimit
  readonly LIMIT_FAILURE?: RateLimit
  readonly LIMIT_INGEST?: RateLimit
  /** The edge's configuration, JSON (docs/edge.md): a secret, so that deployments keep it. Without it, the edge has no clusters. */
  readonly KUBEDOH_CONFIG?: string
}

const noClusters = '{"clusters":[]}'

// An isolate serves one version of one Worker, so its bindings never change.
let kept: Edge | undefined

function edgeOf(bindings: Bindings): Edge {
  if (kept) return kept
  const config = parseConfig(bindings.KUBEDOH_CONFIG ?? noClusters)
  const { REGISTER } = bindings
  const registerOf = (cluster: string) => {
    if (!REGISTER)
      throw new TypeError('this Worker has no binding REGISTER: set "ingest": false in its configuration')
    return REGISTER.get(REGISTER.idFromName(cluster))
  }
  const serving = REGISTER && readServing(bindings)
  kept = createEdge(config, {
    kv: bindings.KV,
    source:
      serving &&
      createRegisterSource({
        registerOf,
        kv: bindings.KV,
        cache: createCloudflareCache((globalThis as unknown as { readonly caches: CacheStorage }).caches),
        clock: isolateClock,
        log: consoleLog,
      }),
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
    store: readStoreFacts(bindings),
    registerOf,
  })
  return kept
}

/** The client's address. Cloudflare replaces the header if a client sends one. */
function clientOf(request: Request): string | undefined {
  return request.headers.get('cf-connecting-ip') ?? undefined
}

export default {
  async fetch(request: Request, bindings: Bindings, context: ExecutionContext): Promise<Response> {
    const edge = edgeOf(bindings)
    try {
      const response = handle(fromWeb(request, clientOf(request)), edge, context)
      return toWeb(response instanceof Promise ? await response : response)
    } catch (error) {
      edge.log.warn('request failed', { method: request.method, error: faultText(error) })
      return toWeb(internalError)
    }
  },
}
