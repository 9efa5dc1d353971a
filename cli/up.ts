import { join } from 'node:path'
import { takeDataDirectory } from '../host/store/data-directory.ts'
import type { Store } from '../sync/objects/store.ts'
import type { AgentOptions } from '../sync/options.ts'
import { resolveAgentOptions } from './options/agent-options.ts'
import { keyFile, unstoredKey } from './options/key-file.ts'
import { isLoopbackOnly, listenOption } from './options/listen-option.ts'
import { observeWishes } from './options/observe-options.ts'
import { type OptionValues, UsageError } from './options/option-table.ts'
import { policyMode } from './options/policy-option.ts'
import { withCallerOptions } from './options/serve/caller-options.ts'
import { dotAddresses } from './options/serve/dns-listen-options.ts'
import { drainMsOf } from './options/serve/drain-option.ts'
import { limitsOf } from './options/serve/limit-options.ts'
import { plainDnsWishes } from './options/serve/plain-dns-options.ts'
import {
  certificateHosts,
  dataDirectory,
  type Identity,
  identityOf,
  logFormat,
  serveDefaults,
} from './options/serve/serve-options.ts'
import { signingOf } from './options/signing-files.ts'
import { sampleFile } from './options/source-option.ts'
import { verb, type World } from './options/verb.ts'
import { chooseSource } from './run/choose-source.ts'
import { closingAfterDrain } from './run/drain.ts'
import { runEdge } from './run/run-edge.ts'
import { servingChecks } from './run/serving-checks.ts'
import { createLog } from './terminal/log.ts'
import { ownCommand } from './terminal/own-command.ts'
import { announcement } from './up/announcement.ts'
import { exampleService } from './up/example-service.ts'
import { aliasZones, internalZone } from './up/internal-zone.ts'
import { serveSource } from './up/serve-source.ts'
import { configFor } from './up/up-config.ts'
import { upOptions } from './up/up-options.ts'
import { upPolicy } from './up/up-policy.ts'

type Values = OptionValues<typeof upOptions>

/** kubedoh up: agent and edge in one process. */
export default verb({
  name: 'up',
  summary: 'Run agent and edge in one process, for one cluster',
  usage: '[--kubeconfig FILE | --from FILE...] [options]',
  options: upOptions,
  notes: [
    'Without --from, --kubeconfig, KUBECONFIG and --context, it serves the cluster of the pod that it runs in, or, outside of a pod, the sample objects that come with kubedoh. When the cluster was listed for the first time, it prints the endpoint, three commands to try, and `ready URL`; until then the answer to every query is SERVFAIL (EDE 14). SIGTERM ends it after the drain time and running requests, a second one at once; it reads --tls-cert, --tls-key and --cookie-secret-file again when they change, and at SIGHUP.',
  ],
  async run(values, positionals, world) {
    if (positionals.length > 0) throw new UsageError(`up takes no "${positionals[0]}"`)
    const settings = await readSettings(values, world)
    const { dataDir } = settings
    const release = dataDir === undefined ? () => undefined : takeDataDirectory(dataDir)
    try {
      await runUp(values, settings, world)
    } finally {
      release()
    }
    return 0
  },
})

type Settings = Awaited<ReturnType<typeof readSettings>>

/**
 * The settings of `up`. They are read before anything is opened, files of objects and kubeconfigs included, so that a wrong one
 * ends the command at once. Throws UsageError, ObjectsError, KubeconfigError.
 */
async function readSettings(values: Values, world: Pick<World, 'env' | 'tell'>) {
  const policyFrom = upPolicy(values)
  const options = resolveAgentOptions(values, policyFrom ? 'given' : policyMode(values))
  const source = await chooseSource(values, options, world, { file: sampleFile })
  const listen = listenOption(values.listen ?? serveDefaults.listen)
  const dot = dotAddresses(values)
  const plainDns = await plainDnsWishes(values)
  const addresses = [listen, ...plainDns.listen, ...dot]
  return {
    ...{ options, source, policyFrom, listen, dot, plainDns, signing: await signingOf(values) },
    // With a policy, its `anonymous` decides what callers without a token see.
    isPublic: !policyFrom && (values.public || isLoopbackOnly(addresses)),
    drainMs: drainMsOf(values, addresses),
    limits: limitsOf(values),
    upstream: upstreamOf(values),
    observed: observeWishes(values),
    log: createLog(logFormat(values['log-format']), world.tell, Date.now),
    // Commands that are printed must work from any directory. Undefined: everything stays in memory.
    dataDir: dataDirectory(values.data),
  }
}

async function runUp(values: Values, settings: Settings, world: World): Promise<void> {
  const { options, source, listen, plainDns, dot, limits, policyFrom, isPublic, dataDir, log } = settings
  const key = dataDir === undefined ? await unstoredKey() : await keyFile(join(dataDir, 'agent-key.json'))
  const internal = values['no-internal'] ? undefined : internalZone(options.cluster)
  const zones = aliasZones(internal, options.domain, values.zone)
  const { reverse, follower: followers, 'doh-url': url, 'dot-host': dotHost } = values
  const { upstream } = settings
  const { publicKey } = key
  const fields = { publicKey, followers, isPublic, zones, reverse, upstream, url, dotHost }
  const config = withCallerOptions(configFor(options, fields), values)
  const readIdentity = (): Promise<Identity> =>
    identityOf(values, dataDir, certificateHosts([listen, ...dot], config.dotHost))
  const identity = await readIdentity()
  let isReady = false
  const { drainMs, observed } = settings
  const signal = closingAfterDrain(world.signal, { drainMs, isServing: () => isReady, log })
  const checks = servingChecks({
    isReady: () => isReady,
    notReady: 'no snapshot is in force yet',
    isEnding: () => world.signal.aborted,
  })
  const files = { dataDir, identity, readIdentity, signing: settings.signing, onHangup: world.onHangup }
  const health = { listen: observed.healthListen, checks }
  const run = { config, listen, plainDns, dot, ...files, limits, log, ignoreStored: true, health }
  await runEdge(run, (edge) => {
    const onReady = (store: Store): void => {
      isReady = true
      const command = ownCommand({ env: world.env, script: process.argv[1] })
      const lines = announcement({
        ...{ ...edge, source, options, zones, internal, identity, isPublic, policyFrom, command },
        name: exampleName(store, options),
      })
      for (const line of lines) world.print(line)
    }
    const { show, env } = world
    return serveSource(edge, source, options, { key, log, signal, policyFrom, observed, show, env, onReady })
  })
}

function upstreamOf(values: { upstream: readonly string[]; forward: boolean }): object | undefined {
  if (values.forward && values.upstream.length === 0) throw new UsageError('--forward needs --upstream URL')
  return values.upstream.length > 0 ? { urls: values.upstream, forward: values.forward } : undefined
}

/** A name that exists; where no Service has an address, the Service that every cluster has. */
function exampleName(store: Store, options: AgentOptions): string {
  return `${exampleService(store, options) ?? 'kubernetes.default'}.svc.${options.domain}`
}
