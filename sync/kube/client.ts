import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node'
import { type Dispatcher, errors, request } from 'undici'
import { errorText } from '../error-text.ts'
import { keepConnections } from './connections.ts'
import { KubeError } from './errors.ts'

/** A cluster's API: authenticated requests. */
export type Kube = {
  /** URL of the API server, for messages. */
  readonly server: string
  /**
   * One request, for JSON unless `accept` names other media types. Resolves with its head; throws KubeError when there
   * is none, or the signal's reason.
   */
  get(path: string, signal: AbortSignal, accept?: string): Promise<KubeResponse>
  /** The same with an object as the body: POST makes one, PUT replaces one. */
  write(method: 'POST' | 'PUT', path: string, object: object, signal: AbortSignal): Promise<KubeResponse>
  /** Ends all connections. */
  close(): Promise<void>
}

export type KubeResponse = {
  readonly status: number
  /** The media type, without parameters, in lower case; '' when there is none. */
  readonly type: string
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
 * Reads the configuration of a cluster; connects to nothing. Certificates are read again for every request, tokens
 * every minute, and all of it after the API did not know who asks (HTTP 401). Throws KubeError KUBECONFIG_INVALID
 * naming the file and what is wrong with it. `pingMs` as in keepConnections.
 */
export function loadKube(location: KubeLocation, pingMs?: number): Kube {
  const connections = keepConnections(pingMs)
  const read = (): KubeConfig => {
    const config = readConfig(location)
    connections.serve(config)
    return config
  }
  let config = read()
  let isDoubted = false
  const server = config.getCurrentCluster()?.server ?? ''
  const ask = async (path: string, signal: AbortSignal, { accept, body }: Wanted): Promise<KubeResponse> => {
    const context = new RequestContext(server + path, body?.method ?? HttpMethod.GET)
    context.setHeaderParam('accept', accept ?? 'application/json')
    try {
      if (isDoubted) config = read()
      isDoubted = false
      await config.applySecurityAuthentication(context)
    } catch (error) {
      throw new KubeError('KUBE_CREDENTIALS', `credentials for ${server}: ${errorText(error)}`)
    }
    signal.throwIfAborted()
    const response = await send(server + path, context, signal, body, connections.suspect)
    isDoubted ||= response.status === 401
    return response
  }
  return {
    server,
    get: (path, signal, accept) => ask(path, signal, { accept }),
    write: (method, path, object, signal) =>
      ask(path, signal, { body: { method, text: JSON.stringify(object) } }),
    close: () => connections.close(),
  }
}

/** What a request carries. */
type Body = { readonly method: 'POST' | 'PUT'; readonly text: string }

type Wanted = { readonly accept?: string | undefined; readonly body?: Body }

function readConfig(location: KubeLocation): KubeConfig {
  const config = new KubeConfig()
  const name = location === 'in-cluster' ? 'the service account' : location.kubeconfig
  try {
    if (location === 'in-cluster') config.loadFromCluster()
    else config.loadFromFile(location.kubeconfig)
    if (location !== 'in-cluster' && location.context !== undefined)
      config.setCurrentContext(location.context)
  } catch (error) {
    throw new KubeError('KUBECONFIG_INVALID', `${name}: ${errorText(error)}`)
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

async function send(
  url: string,
  context: RequestContext,
  signal: AbortSignal,
  body: Body | undefined,
  suspect: (dispatcher: Dispatcher) => void,
): Promise<KubeResponse> {
  const dispatcher = context.getDispatcher()
  const headers = context.getHeaders()
  const failure = (error: unknown): unknown => {
    if (dispatcher && isLate(signal.aborted ? signal.reason : error)) suspect(dispatcher)
    if (signal.aborted) return signal.reason
    return new KubeError('KUBE_UNREACHABLE', `${new URL(url).origin}: ${errorText(error)}`)
  }
  try {
    const asked = request(url, {
      method: body?.method ?? 'GET',
      headers: body ? { ...headers, 'content-type': 'application/json' } : headers,
      ...(body && { body: body.text }),
      signal,
      headersTimeout: headersTimeoutMs,
      // How long a body may be silent is for the reader to say: a watch is, most of the time.
      bodyTimeout: 0,
      ...(dispatcher && { dispatcher }),
    })
    const response = await orAborted(asked, signal)
    const { statusCode: status, headers: told } = response
    const [type = ''] = String(told['content-type'] ?? '').split(';', 1)
    return {
      status,
      type: type.trim().toLowerCase(),
      retryAfterMs: retryAfterOf(told),
      body: chunks(response.body, failure),
    }
  } catch (error) {
    throw failure(error)
  }
}

/** A request that waits for its connection does not hear of its signal before there is one, or none. */
function orAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    asked.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Whether a request ended because nothing came in time, rather than because nobody wants the answer any more. */
function isLate(error: unknown): boolean {
  return (
    error instanceof KubeError ||
    error instanceof errors.HeadersTimeoutError ||
    (error instanceof DOMException && error.name === 'TimeoutError')
  )
}

async function* chunks(
  body: AsyncIterable<Uint8Array>,
  failure: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw failure(error)
  }
}

/** Seconds, or a date (RFC 9110 §10.2.3) that counts from the answer's own. */
function retryAfterOf({ 'retry-after': said, date }: Record<string, unknown>): number {
  const seconds = Number(said)
  const ms = Number.isNaN(seconds) ? Date.parse(String(said)) - Date.parse(String(date)) : seconds * 1000
  return ms > 0 ? ms : 0
}
