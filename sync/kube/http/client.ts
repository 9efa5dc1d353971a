// As a path, since Bun replaces the package undici by a part of it.
import { type Dispatcher, errors, request } from 'undici/index.js'
import { errorText } from '../../error-text.ts'
import { createCredentials } from '../../kubeconfig/credentials.ts'
import { type KubeLocation, readTarget } from '../../kubeconfig/read-target.ts'
import type { CredentialsWorld, Target } from '../../kubeconfig/target.ts'
import { readRetryAfter } from '../../retry-after.ts'
import { type Authenticated, authenticatorOf, type Method } from './authenticate.ts'
import { type Connections, keepConnections } from './connections.ts'
import { KubeError } from './errors.ts'

/** A cluster's API: authenticated requests. */
export type Kube = {
  /** URL of the API server, for messages. */
  readonly server: string
  /**
   * Resolves when credentials are at hand, which takes as long as a credential plugin does. Throws KubeError
   * KUBE_CREDENTIALS, or the signal's reason.
   */
  ready(signal: AbortSignal): Promise<void>
  /**
   * One request, for JSON unless `accept` names other media types. Resolves with the response's head; throws KubeError
   * when there is no response, or the signal's reason.
   */
  get(path: string, signal: AbortSignal, accept?: string): Promise<KubeResponse>
  /** The same with an object as the body: POST creates an object, PUT replaces one. */
  write(method: 'POST' | 'PUT', path: string, object: object, signal: AbortSignal): Promise<KubeResponse>
  /** Ends all connections. */
  close(): Promise<void>
}

export type KubeResponse = {
  readonly status: number
  /** The media type, without parameters, in lower case; '' when there is none. */
  readonly type: string
  /** The Retry-After header (ms), 0 when absent. */
  readonly retryAfterMs: number
  /** The body; may be iterated once, which throws KubeError when the body breaks off, or the signal's reason. */
  readonly body: AsyncIterable<Uint8Array>
}

/** The surroundings of a client. */
export type KubeWorld = CredentialsWorld & {
  /** The proxy for a URL, by the environment; a kubeconfig's `proxy-url` wins. */
  readonly proxyFor: (url: URL) => string | undefined
  /** The ping interval (ms), as in keepConnections. */
  readonly pingMs?: number
}

/** No environment, terminal, log or proxy; credentials of plugins do not expire. */
const quietWorld: KubeWorld = {
  env: {},
  terminal: { stdin: false, stderr: false },
  log: { info: () => {}, warn: () => {} },
  nowMs: () => 0,
  proxyFor: () => undefined,
}

/** The API server sends a watch's head at once, and limits a list to a minute itself (ms). */
const headersTimeoutMs = 60_000

/**
 * Reads the configuration of a cluster; connects to nothing. Token and certificate files are read for every request,
 * and the whole configuration after HTTP 401. Throws KubeconfigError with the file and the fault.
 */
export function loadKube(location: KubeLocation, given: Partial<KubeWorld> = {}): Kube {
  const world: KubeWorld = { ...quietWorld, ...given }
  const connections = keepConnections(world.pingMs)
  let session = openSession(location, world, connections)
  let isDoubted = false
  const { server } = session.target
  let hasAnswered = false
  const authenticate = async (url: string, method: Method): Promise<[Authenticated, Session]> => {
    try {
      if (isDoubted) {
        const next = openSession(location, world, connections)
        session.close()
        session = next
        isDoubted = false
      }
      const used = session
      return [await used.authenticate(url, method), used]
    } catch (error) {
      throw new KubeError('KUBE_CREDENTIALS', `credentials for ${server}: ${errorText(error)}`)
    }
  }
  const ask = async (path: string, signal: AbortSignal, { accept, body }: Wanted): Promise<KubeResponse> => {
    const [by, used] = await orAborted(authenticate(server + path, body?.method ?? 'GET'), signal)
    const headers = { ...by.headers, accept: accept ?? 'application/json' }
    try {
      const response = await send(server + path, { ...by, headers }, signal, body, connections.suspect)
      hasAnswered = true
      // A response to a request of an older session does not concern this one.
      isDoubted ||= response.status === 401 && used === session
      return response
    } catch (error) {
      const isFinal = error instanceof KubeError && error.code === 'KUBE_CERTIFICATE' && !hasAnswered
      throw isFinal ? new KubeError(error.code, error.message, { isFinal }) : error
    }
  }
  return {
    server,
    ready: async (signal) => {
      await orAborted(authenticate(server, 'GET'), signal)
    },
    get: (path, signal, accept) => ask(path, signal, { accept }),
    write: (method, path, object, signal) =>
      ask(path, signal, { body: { method, text: JSON.stringify(object) } }),
    close: () => {
      session.close()
      return connections.close()
    },
  }
}

/** A configuration as it was read at one time. */
type Session = {
  readonly target: Target
  readonly authenticate: (url: string, method: Method) => Promise<Authenticated>
  close(): void
}

function openSession(location: KubeLocation, world: KubeWorld, connections: Connections): Session {
  const target = readTarget(location, world)
  const credentials = createCredentials(target, world)
  const proxyUrl = target.proxyUrl ?? world.proxyFor(new URL(target.server))
  return {
    target,
    authenticate: authenticatorOf(target, credentials, connections, proxyUrl),
    close: () => credentials.close(),
  }
}

/** The body of a request. */
type Body = { readonly method: 'POST' | 'PUT'; readonly text: string }

type Wanted = { readonly accept?: string | undefined; readonly body?: Body }

async function send(
  url: string,
  { headers, dispatcher }: Authenticated,
  signal: AbortSignal,
  body: Body | undefined,
  suspect: (dispatcher: Dispatcher) => void,
): Promise<KubeResponse> {
  const failure = (error: unknown): unknown => {
    if (dispatcher && isLate(signal.aborted ? signal.reason : error)) suspect(dispatcher)
    if (signal.aborted) return signal.reason
    const code = isCertificateError(error) ? 'KUBE_CERTIFICATE' : 'KUBE_UNREACHABLE'
    return new KubeError(code, `${new URL(url).origin}: ${errorText(error)}`)
  }
  try {
    const asked = request(url, {
      method: body?.method ?? 'GET',
      headers: body ? { ...headers, 'content-type': 'application/json' } : headers,
      ...(body && { body: body.text }),
      signal,
      headersTimeout: headersTimeoutMs,
      // The reader limits the time without data: a watch is silent most of the time.
      bodyTimeout: 0,
      ...(dispatcher && { dispatcher }),
    })
    const response = await orAborted(asked, signal)
    const { statusCode: status, headers: told } = response
    const [type = ''] = String(told['content-type'] ?? '').split(';', 1)
    return {
      status,
      type: type.trim().toLowerCase(),
      retryAfterMs: readRetryAfter(told['retry-after'], told.date),
      body: chunks(response.body, failure),
    }
  } catch (error) {
    throw failure(error)
  }
}

/** Rejects as soon as the signal aborts: a request that waits for a connection or a plugin does not look at it. */
function orAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    asked.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Node's codes for a certificate that TLS does not accept, on either side. */
const certificateCode =
  /^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA$|ERR_SSL_.*CERTIFICATE)/

function isCertificateError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  return (typeof code === 'string' && certificateCode.test(code)) || isCertificateError(error.cause)
}

/** Whether a request ended because of a timeout, and not because its response is no longer wanted. */
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
