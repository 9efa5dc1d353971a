import { stubPlace } from '../setup/stub-place.ts'
import { forwardChoice, forwardOptions } from './connect/forward-options.ts'
import { inheritedAddresses } from './connect/inherited-sockets.ts'
import { installStub, uninstallStub } from './connect/install-action.ts'
import { installOptions, installWish, searchDomains } from './connect/install-options.ts'
import { runStub } from './connect/run-stub.ts'
import { stateFileOf } from './connect/state-file.ts'
import { printStatus } from './connect/status.ts'
import { edgeUrl, urlFileOption } from './options/edge-url.ts'
import { listenOption } from './options/listen-option.ts'
import { type OptionTable, UsageError } from './options/option-table.ts'
import { logFormat, serveOptions } from './options/serve/serve-options.ts'
import { verb } from './options/verb.ts'
import { createLog } from './terminal/log.ts'

/** Containers have a nameserver without a port. */
const dnsPort = 53

const defaults = { listen: `${stubPlace.host}:${stubPlace.port}` }

const options = {
  listen: {
    kind: 'text',
    value: 'HOST:PORT',
    byDefault: defaults.listen,
    help: 'address to answer on, over UDP and TCP; port 0 uses a free port',
  },
  ...urlFileOption,
  ca: { kind: 'text', value: 'FILE', help: "PEM certificates to trust instead of the system's" },
  ...forwardOptions,
  'edge-address': {
    kind: 'list',
    value: 'ADDRESS',
    help: "address of the edge's host, which is then not looked up; repeatable",
  },
  state: {
    kind: 'text',
    value: 'FILE',
    byDefault: 'in the cache directory of the user',
    help: 'file for the zones of the edge, the addresses of its host and the resolvers of the system, for a start while it cannot be reached; none: no file',
  },
  ...installOptions,
  'log-format': serveOptions['log-format'],
} as const satisfies OptionTable

/** kubedoh connect: a stub resolver on this machine, in front of an edge. */
export default verb({
  name: 'connect',
  summary: "Run a resolver on this machine that answers the cluster's names from an edge",
  usage: '[URL | status] [options]',
  words: ['status'],
  options,
  notes: [
    'URL is the DoH endpoint of the edge, such as https://dns.example.com/dns-query/TOKEN.',
    "It prints `ready HOST:PORT` on stdout once it answers. It answers the zones and reverse ranges that the edge gives to the URL's caller, and refuses all other names, so that the system must send it only these; with --mode forward it passes other names on to the resolvers that the machine used before, and the system can send it everything (docs/laptops.md). While the edge cannot be reached it answers with what it knows, for up to an hour, and otherwise with SERVFAIL.",
    '`kubedoh connect status` shows the state of the stub at --listen, and whether the system asks it for each zone: by a name that only the stub knows. Exit codes: 0 when all is well, 1 when it is not.',
    'Where systemd passes sockets (LISTEN_FDS), it answers on these instead of --listen: UDP and TCP of each address.',
    'SIGTERM ends it after running queries.',
    '--install and --service show each file and command first, and ask. They keep a journal: --uninstall undoes all of it, also after a crash, and a second --install changes nothing, or completes the first. Files that somebody changed since are left as they are, and reported.',
  ],
  async run(values, positionals, world) {
    if (positionals.length > 1) throw new UsageError(`connect takes no "${positionals[1]}"`)
    const given = values.listen === undefined ? undefined : listenOption(values.listen)
    const listen = given ?? listenOption(defaults.listen)
    const parts = installWish(values)
    const consent = { isDryRun: values['dry-run'], isConfirmed: values.yes }
    if (parts === 'uninstall') {
      if (positionals.length > 0) throw new UsageError('connect --uninstall takes no URL')
      return uninstallStub(consent, world)
    }
    if (positionals[0] === 'status') return printStatus(listen, world)
    const places = await edgeUrl('connect', positionals[0], values['url-file'])
    if (parts !== 'nothing') {
      const { ca: caFile, system } = values
      const bridge = forwardChoice(values, given ?? listen).bridge
      const wish = { ...consent, parts, places, caFile, listen: given, system, search: searchDomains(values) }
      return installStub({ ...wish, bridge }, world)
    }
    const log = createLog(logFormat(values['log-format']), world.tell, Date.now)
    const stateFile = stateFileOf(values.state, places.doh, world.env)
    const { ca: caFile, 'edge-address': addresses } = values
    const inherited = await inheritedAddresses(world.env, process.pid)
    const choice = forwardChoice(values, inherited[0] ?? listen)
    const { bridge } = choice
    const own = bridge === undefined ? [listen] : [listen, { host: bridge, port: dnsPort }]
    const listenOn = inherited.length > 0 ? inherited : own
    return runStub({ places, listen: listenOn, caFile, addresses, choice, stateFile, log }, world)
  },
})
