import { join } from 'node:path'
import { quote } from '../terminal/quote.ts'
import { agentNamespace, fileNames } from './files.ts'
import type { Setup } from './setup.ts'

/** The commands that put the edge of a setup into operation, or give it a changed configuration. */
export function edgeCommand({ edge, host }: Setup, dir: string, own: string): string {
  const file = (name: string): string => quote(join(dir, name))
  return edge === 'cloudflare'
    ? `npx wrangler deploy --domain ${host} --secrets-file ${file(fileNames.worker)}`
    : `${own} serve --config ${file(fileNames.edge)} --data ${file('data')} --listen :443 --tls-cert FILE --tls-key FILE`
}

/** The command that gives the agent its key. */
export function secretCommand(dir: string): string {
  return `kubectl apply -f ${quote(join(dir, fileNames.secret))}`
}

/** The command that installs the agent, or gives it a changed policy. */
export function agentCommand(dir: string): string {
  const file = (name: string): string => quote(join(dir, name))
  return `helm upgrade --install kubedoh deploy/chart --namespace ${agentNamespace} --values ${file(fileNames.values)} --set-file access.policy=${file(fileNames.policy)}`
}

/** The command that lets the agent read a changed key. */
export const restartCommand = `kubectl rollout restart deployment/kubedoh --namespace ${agentNamespace}`
