import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node'
import { type Dispatcher, request } from 'undici'
import { KubeError } from './kube-error.ts'

/** A cluster's API: authenticated requests. */
export type Kube = {
  /** URL of the API server, for messages. */
  readonly server: string
  /** One request. Resolves with its head; throws KubeError when there is none, or the signal's reason. */
  get(path: string, signal: AbortSignal): Promise<KubeResponse>
  /** The same with an object as the body: POST makes one, PUT replaces one. */
  write(method: 'POST' | 'PUT', path: string, object: object, signal: AbortSignal): Promise<KubeResponse>
  /** Ends all connections. */
  close(): Promise<void>
}

export type KubeResponse = {
  readonly status: number
  /** The Retry-After header in ms, 0 when there is none. */
  readonly retryAfterMs: number
  /** The body, once. Its iteration throws KubeError when it breaks off, or the signal's reason. */
  readonly body: AsyncIterable<Uint8Array>
}

/** Where to find a cluster: the service account of the pod that this runs in, or a kubeconfig file. */
export type KubeLocation =
  | 'in-cluster'
  | { readonly kubeconfig: string; readonly context?: string | undefined }

/** The API server sends a watch's head at once, and starts a list within its own limit of a minute. */
const headersTimeoutMs = 60_000

/**
 * Reads the configuration of a cluster; connects to nothing. Certificates and tokens are read again as they
 * rotate. Throws KubeError KUBECONFIG_INVALID naming the file and what is wrong with it.
 */
export function loadKube(location: KubeLocation): Kube {
  const config = readConfig(location)
  const server = config.getCurrentCluster()?.server ?? ''
  const dispatchers = keepDispatcher(config)
  const ask = async (path: string, signal: AbortSignal, body?: Body): Promise<KubeResponse> => {
    const context = new RequestContext(server + path, body?.method ?? HttpMethod.GET)
    try {
      await config.applySecurityAuthentication(context)
    } catch (error) {
      throw new KubeError('KUBE_CREDENTIALS', `credentials for ${server}: ${messageOf(error)}`)
    }
    signal.throwIfAborted()
    return send(server + path, context, signal, body)
  }
  return {
    server,
    get: (path, signal) => ask(path, signal),
    write: (method, path, object, signal) => ask(path, signal, { method, text: JSON.stringify(object) }),
    close: () => dispatchers.close(),
  }
}

/** What a request carries. */
type Body = { readonly method: 'POST' | 'PUT'; readonly text: string }

function readConfig(location: KubeLocation): KubeConfig {
  const config = new KubeConfig()
  const name = location === 'in-cluster' ? 'the service account' : location.kubeconfig
  try {
    if (location === 'in-cluster') config.loadFromCluster()
    else config.loadFromFile(location.kubeconfig)
    if (location !== 'in-cluster' && location.context !== undefined)
      config.setCurrentContext(location.context)
  } catch (error) {
    throw new KubeError('KUBECONFIG_INVALID', `${name}: ${messageOf(error)}`)
  }
  const context = config.getCurrentContext()
  if (!context) throw new KubeError('KUBECONFIG_INVALID', `${name}: it names no current context`)
  if (!config.getContextObject(context)) {
    const known = config.getContexts().map((each) => each.name)
    throw new KubeError(
      'KUBECONFIG_INVALID',
      `${name}: no context "${context}", there is ${known.join(', ') || 'none'}`,
    )
  }
  if (!config.getCurrentCluster()) {
    throw new KubeError(
      'KUBECONFIG_INVALID',
      `${name}: context "${context}" names a cluster that is not in it`,
    )
  }
  return config
}

/**
 * The package makes a new dispatcher, so a new connection, for every request. This keeps one for as long as the
 * certificates, which it reads each time, are the same.
 */
function keepDispatcher(config: KubeConfig): { close(): Promise<void> } {
  type Maker = { createDispatcher(...given: unknown[]): Dispatcher | undefined }
  const maker = config as unknown as Maker
  const make = maker.createDispatcher.bind(config)
  let held: { readonly made: string; readonly dispatcher: Dispatcher | undefined } | undefined
  maker.createDispatcher = (...given) => {
    const made = JSON.stringify(given)
    if (held?.made === made) return held.dispatcher
    const old = held?.dispatcher
    held = { made, dispatcher: make(...given) }
    // Requests under way end in their own time; new ones take the new certificates.
    void old?.close()
    return held.dispatcher
  }
  return { close: async () => held?.dispatcher?.destroy() }
}

async function send(
  url: string,
  context: RequestContext,
  signal: AbortSignal,
  body: Body | undefined,
): Promise<KubeResponse> {
  const dispatcher = context.getDispatcher()
  const headers = { ...context.getHeaders(), accept: 'application/json' }
  try {
    const response = await request(url, {
      method: body?.method ?? 'GET',
      headers: body ? { ...headers, 'content-type': 'application/json' } : headers,
      ...(body && { body: body.text }),
      signal,
      headersTimeout: headersTimeoutMs,
      // How long a body may be silent is for the reader to say: a watch is, most of the time.
      bodyTimeout: 0,
      ...(dispatcher && { dispatcher }),
    })
    const seconds = Number(response.headers['retry-after'])
    const retryAfterMs = seconds > 0 ? seconds * 1000 : 0
    return { status: response.statusCode, retryAfterMs, body: chunks(response.body, url, signal) }
  } catch (error) {
    throw failure(error, url, signal)
  }
}

async function* chunks(
  body: AsyncIterable<Uint8Array>,
  url: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw failure(error, url, signal)
  }
}

function failure(error: unknown, url: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  return new KubeError('KUBE_UNREACHABLE', `${new URL(url).origin}: ${messageOf(error)}`)
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause instanceof Error) return `${error.message}: ${messageOf(error.cause)}`
  const { code } = error as { code?: unknown }
  return error.message || (typeof code === 'string' ? code : error.name)
}
