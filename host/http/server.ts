import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import type { FrontOptions, RunningFront } from '../front/front.ts'
import { createTasks } from '../tasks.ts'
import { createAnswer } from './answer.ts'
import { createRunningRequests } from './deadlines.ts'
import { createH1 } from './h1.ts'
import { createH2 } from './h2.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { authority, listen, reachable } from './listen.ts'
import { createListener, type Listener, showCertificate } from './listener.ts'

/**
 * Serves HTTP/2 and HTTP/1.1 on one port, every request through one handler.
 *
 *     connection ─▶ listener ─▶ h2 or h1 protocol ─▶ DohRequest ─▶ handler ─▶ DohResponse ─▶ protocol ─▶ connection
 *
 * Throws HostError LISTEN_* or CERTIFICATE_INVALID.
 */
export async function startServer(options: FrontOptions): Promise<RunningFront> {
  const limits: Limits = { ...defaultLimits, ...options.limits }
  const { log } = options
  const requests = createRunningRequests(limits.sweepMs)
  const tasks = createTasks(log)
  const parts = { limits, answer: createAnswer(options.handler, tasks, log, options.meter), requests, log }
  const protocols = { h1: createH1(parts), h2: createH2(parts) }
  try {
    const listener = createListener(options.tls, protocols, limits, options.meter)
    const address = await listen(listener.server, options.listen)
    listener.server.on('error', (error) => log.warn('listening failed', { error: String(error) }))
    let closing: Promise<void> | undefined
    return {
      ...address,
      url: `${options.tls ? 'https' : 'http'}://${authority(reachable(address))}`,
      renew(certificate) {
        if (listener.server instanceof tls.Server) showCertificate(listener.server, certificate)
      },
      close: (graceMs) => (closing ??= close(listener, tasks.settled, graceMs).finally(requests.stop)),
    }
  } catch (error) {
    protocols.h1.drain()
    protocols.h2.drain()
    requests.stop()
    throw error
  }
}

async function close(
  { server, drain, cut }: Listener,
  settled: () => Promise<void>,
  graceMs: number,
): Promise<void> {
  const grace = new AbortController()
  const graceEnds = sleep(graceMs, undefined, { signal: grace.signal }).catch(() => {})
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  drain()
  await Promise.race([closed, graceEnds])
  cut()
  await closed
  await Promise.race([settled(), graceEnds])
  grace.abort()
}
