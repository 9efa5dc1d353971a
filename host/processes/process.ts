import { join } from 'node:path'
import { createBranch } from '../../worker/embedded.ts'
import type { Log } from '../../worker/ports.ts'
import { systemClock } from '../clock.ts'
import { openDnsListeners } from '../dns/dns-listeners.ts'
import { errorText, HostError } from '../errors.ts'
import { ownFront } from '../front/own-front.ts'
import { cellsFor } from '../observe/cells.ts'
import { createEdgeMeter } from '../observe/edge-meter.ts'
import { becomeWorker } from '../shared-ports.ts'
import { createProfileSigner } from '../signing/profile-signer.ts'
import { openDatabase } from '../store/database.ts'
import { openKv } from '../store/kv.ts'
import { createTasks } from '../tasks.ts'
import type { Certificate } from '../tls/read-certificate.ts'
import { createUpstreamFetch } from '../upstream-fetch.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { createRemoteNonces } from './remote-nonces.ts'
import { createRemoteRegister } from './remote-register.ts'
import { createReporter } from './reporter.ts'
import { createSharedLimiter } from './shared-limiter.ts'

/*
 * The process of one worker that workers.ts starts: a server over the shared database, controlled by its supervisor.
 * It ends when the supervisor tells it to, and when the supervisor has died.
 */

type Serving = {
  /** Reads the roots, and then tells the supervisor that the worker listens. */
  begin(): Promise<void>
  hear(message: ToWorker): void
  close(graceMs: number): Promise<void>
}

const send = (message: FromWorker): void => void process.send?.(message)
const log: Log = {
  info: (message, fields) => send({ kind: 'log', level: 'info', message, fields }),
  warn: (message, fields) => send({ kind: 'log', level: 'warn', message, fields }),
}
// Terminals and service managers signal every process of a group; the supervisor alone decides what to do.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

becomeWorker()
// Node ends a worker whose channel to the supervisor is closed. Bun leaves it running, with its sockets on the common address.
process.once('disconnect', () => process.exit())

let serving: Serving | undefined
let closing = false
process.on('message', (message: ToWorker) => {
  if (message.kind === 'start') void begin(message)
  else if (message.kind === 'close') void end(message.graceMs)
  else serving?.hear(message)
})

async function begin(message: WorkerStart): Promise<void> {
  try {
    serving = await serve(message)
    await serving.begin()
    if (closing) await end(0)
  } catch (error) {
    const code = error instanceof HostError ? error.code : undefined
    send({ kind: 'unable', code, message: errorText(error) })
    process.disconnect?.()
  }
}

async function end(graceMs: number): Promise<void> {
  closing = true
  if (!serving) return
  await serving.close(graceMs)
  process.disconnect?.()
}

async function serve({ config, dataDir, isObserved, ...start }: WorkerStart): Promise<Serving> {
  const { listen, dnsListen, tls, limits } = start
  const sql = openDatabase(join(dataDir, 'edge.sqlite'))
  const { register, settle } = createRemoteRegister(send)
  const nonces = createRemoteNonces(send)
  const limiter = createSharedLimiter(config.limits, systemClock, (admitted) =>
    send({ kind: 'admitted', admitted }),
  )
  const { meter, counts } = createEdgeMeter(cellsFor(config))
  const ports = { log, meter: isObserved ? meter : undefined }
  const signer = start.signing && createProfileSigner(start.signing, () => new Date())
  const branch = createBranch(config, {
    signProfile: signer?.sign,
    kv: openKv(sql),
    fetch: createUpstreamFetch(),
    register,
    useFollowerNonce: nonces.useNonce,
    limiter,
    clock: systemClock,
    ...ports,
  })
  const tasks = createTasks(log)
  const front = await ownFront()
  const server = await front.startShared({ listen, tls, handler: branch.handle, limits, ...ports })
  const dns = await openDnsListeners({ listen: dnsListen, handler: branch.handleDns, ...ports })
  const reporter = createReporter(
    () => ({ counts, snapshots: branch.snapshots() }),
    (report) => send({ kind: 'report', report }),
  )
  branch.listensForDot(dns.dotPorts)
  const renew = (certificate: Certificate): void => {
    server.renew(certificate)
    dns.renew(certificate)
  }
  return {
    async begin() {
      // Not before messages are heard: a root that is accepted after this read is announced by one.
      for (const { id } of config.clusters) branch.wake(id, tasks)
      await tasks.settled()
      if (closing) return
      if (isObserved) reporter.start()
      send({ kind: 'listening', url: server.url, dnsLines: dns.lines })
    },
    hear(message) {
      if (message.kind === 'renew') renew(message.tls)
      else if (message.kind === 'secrets') dns.useSecrets(message.secrets)
      else if (message.kind === 'signing') signer?.use(message.signing)
      else if (message.kind === 'wake') branch.wake(message.cluster, tasks)
      else if (message.kind === 'admitted') limiter.hear(message.admitted)
      else if (message.kind === 'nonce') nonces.settle(message)
      else settle(message)
    },
    async close(graceMs) {
      await Promise.all([server.close(graceMs), dns.close(graceMs)])
      await tasks.settled()
      if (isObserved) reporter.stop()
      sql.close()
    },
  }
}
