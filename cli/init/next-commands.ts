import { join } from 'node:path'
import { quote } from '../terminal/quote.ts'
import { agentNamespace, fileNames } from './files.ts'
import { edgeUrl, type Setup } from './setup.ts'

/** The commands that put the edge of a setup into operation, or give it a changed configuration. */
export function edgeCommand({ edge, host }: Setup, dir: string, own: string): string {
  return edge === 'cloudflare'
    ? `npx wrangler deploy --config ${inFolder(dir, fileNames.wrangler)} --domain ${host} --secrets-file ${inFolder(dir, fileNames.worker)}`
    : `${own} serve --config ${inFolder(dir, fileNames.edge)} --data ${inFolder(dir, 'data')} --listen :443 --tls-cert FILE --tls-key FILE`
}

/** The command that gives the agent its key. */
export function secretCommand(dir: string): string {
  return `kubectl apply -f ${inFolder(dir, fileNames.secret)}`
}

/** The command that installs the agent, or gives it a changed policy. */
export function agentCommand(dir: string): string {
  return `helm upgrade --install kubedoh deploy/chart --namespace ${agentNamespace} --values ${inFolder(dir, fileNames.values)} --set-file access.policy=${inFolder(dir, fileNames.policy)}`
}

/** The command that lets the agent read a changed key. */
export const restartCommand = `kubectl rollout restart deployment/kubedoh --namespace ${agentNamespace}`

/** The command that exits with 0 once the edge trusts the next key. */
export function nextKeyCommand(setup: Setup, dir: string, own: string): string {
  return `${own} key status --edge ${edgeUrl(setup)} --cluster ${setup.cluster} --key ${inFolder(dir, fileNames.nextKey)}`
}

/** The command that does the next step of a rotation. */
export function rotateCommand(dir: string, own: string): string {
  return `${own} init --dir ${quote(dir)} --rotate`
}

function inFolder(dir: string, name: string): string {
  return quote(join(dir, name))
}
