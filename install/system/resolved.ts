import { InstallError } from '../errors.ts'
import type { Facts, ResolvedFacts, Route } from '../facts.ts'
import { aroundFiles, plainFile, type Step } from '../step.ts'
import { assignments, lastValue } from './ini.ts'
import { ownMark } from './mark.ts'
import { isLoopbackServer, readResolvConf } from './resolv-conf-text.ts'
import { searchNotes } from './search-notes.ts'
import type { SystemPlan } from './system-plan.ts'

/** The directory of local drop-ins, and ours, which no other file of usual names comes after. */
const directory = '/etc/systemd/resolved.conf.d'
export const resolvedDropIn = `${directory}/kubedoh.conf`
/** resolved reads at most this many global domains (MANAGER_SEARCH_DOMAINS_MAX), which we do not use up. */
const maxDomains = 200

/**
 * systemd-resolved: a global drop-in with the stub as server and a routing domain for each zone. It is never a link's
 * server: with the link down, names of the zones would go to other servers. Throws InstallError OPTION_SYSTEM where
 * resolved would send names of the zones elsewhere, or all other names nowhere.
 */
export function planResolved(facts: Facts, route: Route): SystemPlan {
  refuseForeignServers(facts)
  const { zones, reverse, search, host, port } = route
  const routed = reverse.slice(0, Math.max(0, maxDomains - zones.length - search.length))
  // A search domain is a routing domain as well, and ~ in front of the same domain would undo the search.
  const routing = [...zones, ...routed].filter((zone) => !search.includes(zone)).map((zone) => `~${zone}`)
  const domains = [...search, ...routing]
  const files: Step[] = [
    { kind: 'directory', path: directory, mode: 0o755 },
    plainFile(resolvedDropIn, [
      ownMark,
      '[Resolve]',
      `DNS=${serverText(host, port)}`,
      `Domains=${domains.join(' ')}`,
    ]),
  ]
  const notes = [
    ...searchNotes(search),
    'systemd-resolved also asks the stub for other names, beside the servers of the network; the stub refuses those, and the network answers.',
    ...facts.resolved.linkDomains
      .filter(({ domain }) => zones.includes(domain))
      .map(
        ({ link, domain }) =>
          `the link ${link} has the domain ${domain} too, so its servers are asked for these names as well.`,
      ),
    ...(routed.length < reverse.length
      ? [
          `only ${routed.length} of ${reverse.length} reverse zones fit; PTR queries for the others go to the network's servers.`,
        ]
      : []),
  ]
  return {
    system: 'resolved',
    mode: 'zones',
    steps: aroundFiles([{ argv: ['systemctl', 'restart', 'systemd-resolved.service'] }], files),
    notes,
  }
}

/** An address and port as resolved.conf(5) spells them; port 53 is left out. */
function serverText(host: string, port: number): string {
  const address = host.includes(':') ? `[${host}]` : host
  return port === 53 ? host : `${address}:${port}`
}

function refuseForeignServers({ resolved, resolvConf }: Facts): void {
  const [foreign] = globalServers(resolved).filter(({ path }) => path !== resolvedDropIn)
  if (foreign)
    throw refusal(
      `${foreign.path} has DNS=${foreign.server}: systemd-resolved has one pool of global servers, and would send names of the cluster there too. Move that server to a link (nmcli connection modify ID ipv4.dns ${foreign.server}, or a .network file) and remove DNS= there, or let that server forward the zones to the edge (docs/resolvers.md)`,
    )
  // Its own files are never read by itself.
  const isOwn = resolvConf?.place.startsWith('/run/systemd/resolve/') ?? true
  const { nameservers } = readResolvConf(isOwn ? '' : (resolvConf?.text ?? ''))
  const others = nameservers.filter((server) => !isLoopbackServer(server))
  if (others.length > 0)
    throw refusal(
      `/etc/resolv.conf is a file with the nameserver ${others[0]}, which systemd-resolved reads as a global server and would lose. Make it a link to /run/systemd/resolve/stub-resolv.conf and give the server to a link, or choose --system resolv-conf`,
    )
  if (/^(yes|true|on|1|y|t)$/i.test(lastValue(resolved.config, 'Resolve', 'DNSOverTLS') ?? ''))
    throw refusal(
      'the configuration of systemd-resolved has DNSOverTLS=yes, with which it would speak TLS to the stub, which has none. Set DNSOverTLS for each link instead (nmcli connection modify ID connection.dns-over-tls yes)',
    )
  if (resolved.hasLinkServer === false)
    throw refusal(
      'no link has a nameserver (resolvectl dns): systemd-resolved uses its fallback servers, and would use them no more with a global server. Connect to a network first, or give the link a nameserver',
    )
}

/** The global servers of its configuration. An empty DNS= forgets those before it (resolved.conf(5)). */
export function globalServers({
  config,
}: Pick<ResolvedFacts, 'config'>): { readonly path: string; readonly server: string }[] {
  let servers: { path: string; server: string }[] = []
  for (const { path, key, value } of assignments(config, 'Resolve')) {
    if (key !== 'DNS') continue
    if (value === '') servers = []
    else servers.push(...value.split(/\s+/).map((server) => ({ path, server })))
  }
  return servers
}

function refusal(message: string): InstallError {
  return new InstallError('OPTION_SYSTEM', message)
}
