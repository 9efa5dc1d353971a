import { readText } from '../../install/apply/disk.ts'
import { isLoopbackServer } from '../../install/system/resolv-conf-text.ts'
import { defineCheck } from '../define-check.ts'
import { zoneNames } from '../zone-of.ts'
import { type ResolvedFile, readResolvedFiles } from './resolved-conf.ts'

/** Whether systemd-resolved, where it is used, sends the zones to the stub alone. */
export const resolvedCheck = defineCheck({
  id: 'resolved',
  title: 'configuration of systemd-resolved',
  needs: ['resolver'],
  findings: {
    ok: { state: 'ok', text: 'systemd-resolved sends {zones} to {servers} ({file}).' },
    unused: { state: 'ok', text: 'systemd-resolved is not used.' },
    noZone: {
      state: 'note',
      text: 'No file of systemd-resolved names a zone of the edge; a link or another resolver may.',
    },
    foreign: {
      state: 'problem',
      text: '{file} gives systemd-resolved the global server {servers} next to the stub. All global servers are one pool, so names of the cluster go there too, and its NXDOMAIN counts.',
      remedy:
        'Remove the line DNS= from {file}, give that server to a link instead (`resolvectl dns LINK ADDRESS`), and restart systemd-resolved.',
    },
    resolvConf: {
      state: 'problem',
      text: '/etc/resolv.conf names {servers} instead of 127.0.0.53: programs do not ask systemd-resolved, which reads these servers as global ones.',
      remedy: 'ln -sf /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf',
    },
  },
  async run({ resolver, zones }, ports, found) {
    const runs = (await readText(ports.disk, '/run/systemd/resolve/stub-resolv.conf')) !== undefined
    if (!runs && resolver?.isResolved !== true) return found('unused', {})
    const files = await readResolvedFiles(ports.disk)
    const own = files.find((file) => isOwn(file, zoneNames(zones)))
    if (!own) return found('noZone', {})
    const foreign = files.find(({ path, servers }) => path !== own.path && servers.length > 0)
    if (foreign) return found('foreign', { file: foreign.path, servers: foreign.servers.join(' ') })
    const others = resolver?.nameservers.filter((address) => !isLoopbackServer(address)) ?? []
    if (resolver?.isResolved === false && others.length > 0)
      return found('resolvConf', { servers: others.join(', ') })
    return found('ok', { zones: own.domains.join(' '), servers: own.servers.join(' '), file: own.path })
  },
})

/** Whether a file has a server and routes one of the zones to it. */
function isOwn({ servers, domains }: ResolvedFile, zones: readonly string[]): boolean {
  const routed = domains.map((domain) => domain.replace(/^~/, '').replace(/\.$/, '').toLowerCase())
  return servers.length > 0 && routed.some((domain) => zones.includes(domain))
}
