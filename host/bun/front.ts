import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorText, HostError, systemCode } from '../errors.ts'
import type { Front, FrontOptions, RunningFront } from '../front/front.ts'
import { createAnswer } from '../http/answer.ts'
import { createRunningRequests } from '../http/deadlines.ts'
import { defaultLimits, type Limits } from '../http/limits.ts'
import { authority, type ListenAddress, listen, listenError, reachable } from '../http/listen.ts'
import { createTasks } from '../tasks.ts'
import type { Certificate } from '../tls/read-certificate.ts'
import { type BunServeOptions, type BunServer, bunServe } from './bun-serve.ts'
import { limitConnections } from './connection-limit.ts'
import { serveRequests } from './serve-requests.ts'

/**
 * The front on Bun.serve. Every server sets SO_REUSEPORT, by which several processes share an address, and a server with
 * a renewed certificate takes over from the one before. Another program's address must not be shared, therefore `share`
 * listens on it once without that option.
 *
 *     connection ─▶ Bun.serve ─▶ Request ─▶ DohRequest ─▶ handler ─▶ DohResponse ─▶ Response ─▶ connection
 */
export const bunFront: Front = {
  start: async (options) => startShared({ ...options, listen: await share(options.listen) }),
  share,
  startShared,
}

/** Larger than every body that the edge reads, so that the edge refuses a larger one itself. */
const maxRequestBodySize = 2 * 1024 * 1024
/** The longest idle timeout of Bun.serve (seconds). */
const maxIdleSeconds = 255

async function share(address: ListenAddress): Promise<ListenAddress> {
  const server = net.createServer()
  const taken = await listen(server, address)
  server.close()
  await once(server, 'close')
  return taken
}

async function startShared(options: FrontOptions): Promise<RunningFront> {
  const { listen: address, log, meter } = options
  const limits: Limits = { ...defaultLimits, ...options.limits }
  const requests = createRunningRequests(limits.sweepMs)
  const tasks = createTasks(log)
  const answer = createAnswer(options.handler, tasks, log, meter)
  const fetch = serveRequests({ answer, requests, limits, log })
  const open = (certificate: Certificate | undefined): BunServer =>
    openServer(address, certificate, limits, fetch)
  let server: BunServer
  try {
    server = open(options.tls)
  } catch (error) {
    requests.stop()
    throw error
  }
  const stopLimit = limitConnections(
    limits.maxConnections,
    () => {
      if (server.closeIdleConnections() > 0) meter?.limited('connections')
    },
    limits.sweepMs,
  )
  let closing: Promise<void> | undefined
  return {
    ...address,
    url: `${options.tls ? 'https' : 'http'}://${authority(reachable(address))}`,
    renew(certificate) {
      if (!options.tls) return
      const former = server
      server = open(certificate)
      tasks.waitUntil(former.stop())
    },
    close: (graceMs) =>
      (closing ??= close(server, tasks.settled, graceMs).finally(() => {
        stopLimit()
        requests.stop()
      })),
  }
}

/** Throws HostError LISTEN_* or CERTIFICATE_INVALID. */
function openServer(
  address: ListenAddress,
  certificate: Certificate | undefined,
  limits: Limits,
  fetch: BunServeOptions['fetch'],
): BunServer {
  const tls = certificate && { tls: { cert: certificate.certPem, key: certificate.keyPem } }
  try {
    return bunServe({
      ...{ hostname: address.host, port: address.port, reusePort: true, http2: true, ...tls },
      ...{ idleTimeout: Math.min(maxIdleSeconds, Math.ceil(limits.idleMs / 1000)), maxRequestBodySize },
      ...{ development: false, fetch, error: () => new Response('internal error\n', { status: 500 }) },
    })
  } catch (error) {
    if (/^ERR_(?:OSSL|SSL|TLS|CRYPTO|BORINGSSL)/.test(systemCode(error) ?? '')) {
      const message = `the certificate or its key cannot be used (${errorText(error)})`
      throw new HostError('CERTIFICATE_INVALID', message, { cause: error })
    }
    throw listenError(address, error)
  }
}

async function close(server: BunServer, settled: () => Promise<void>, graceMs: number): Promise<void> {
  const grace = new AbortController()
  const graceEnds = sleep(graceMs, undefined, { signal: grace.signal }).catch(() => {})
  await Promise.race([server.stop(), graceEnds])
  await server.stop(true)
  await Promise.race([settled(), graceEnds])
  grace.abort()
}
