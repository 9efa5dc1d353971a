import { randomBytes } from 'node:crypto'
import { tokenSha256 } from '../../snapshot/policy/token.case.ts'
import { newToken } from '../../snapshot/policy/token.ts'
import { clusterObjects } from '../clients/services.ts'
import { type Machine, nodePlace, repositoryPlace } from './machine.ts'

/** An edge that runs in a machine as the unit edge.service, with one token. */
export type MachineEdge = { readonly url: string; readonly token: string; readonly caFile: string }

/** The words that start the command in a machine. */
export const command = [nodePlace, `${repositoryPlace}/cli/kubedoh.mjs`]
/** The nameserver that the machine has without an installation. It knows `usualName` of test/clients/usual-resolver.ts. */
export const usualServer = '192.0.2.53'
export const zone = 'k8s.example'

/** Starts an edge, in the place of one that runs, with the objects of test/clients, and the usual nameserver as the unit usual.service. */
export async function startEdge(machine: Machine): Promise<MachineEdge> {
  const token = newToken('dev', (bytes) => new Uint8Array(randomBytes(bytes.length)))
  const policy = { version: 1, tokens: [{ name: 'laptop', sha256: tokenSha256(token), all: true }] }
  await put(machine, '/srv/test/policy.yaml', JSON.stringify(policy))
  // For searches whose command line must not have it.
  await put(machine, '/srv/test/token', `${token}\n`)
  await put(machine, '/srv/test/objects.json', clusterObjects())
  const start = [
    ...['up', '--cluster', 'dev', '--from', '/srv/test/objects.json', '--policy', '/srv/test/policy.yaml'],
    ...['--zone', zone, '--reverse', '10.96.0.0/16', '--reverse', '10.244.0.0/16'],
    ...['--listen', '127.0.0.1:8443', '--data', '/srv/test/edge'],
  ]
  await machine.shell(`systemctl stop edge.service usual.service 2>/dev/null || true
    rm -rf /srv/test/edge
    systemd-run --quiet --unit=edge ${[...command, ...start].join(' ')}
    systemd-run --quiet --unit=usual --property=NetworkNamespacePath=/run/netns/lan ${nodePlace} ${repositoryPlace}/test/install/usual-main.ts ${usualServer}
    for i in $(seq 100); do
      [ -s /srv/test/edge/tls/ca.pem ] && dig @${usualServer} +tries=1 +time=1 . >/dev/null && exit
      sleep 0.2
    done
    journalctl --no-pager -u edge -u usual; exit 1`)
  return { url: `https://127.0.0.1:8443/dns-query/${token}`, token, caFile: '/srv/test/edge/tls/ca.pem' }
}

/** Writes a file of a machine. */
export async function put(machine: Machine, path: string, text: string): Promise<void> {
  await machine.run(['sh', '-c', `mkdir -p "$(dirname ${path})" && cat >${path}`], text)
}
