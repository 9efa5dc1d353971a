import { edgeUrl, type Setup } from './setup.ts'

/** A file of a setup, under its name in the folder. */
export type SetupFile = {
  readonly name: string
  /** Whether only the owner may read it. */
  readonly isSecret: boolean
  readonly text: string
}

/** The names of the files in the folder of a setup. */
export const fileNames = {
  setup: 'setup.json',
  key: 'agent-key.json',
  nextKey: 'next-agent-key.json',
  formerKey: 'former-agent-key.json',
  edge: 'edge.json',
  policy: 'policy.yaml',
  values: 'agent-values.yaml',
  secret: 'agent-secret.yaml',
  worker: 'worker-secrets.json',
  wrangler: 'wrangler.toml',
  devVars: '.dev.vars',
} as const

/** The namespace of the agent, and its Secret with the key. */
export const agentNamespace = 'kubedoh'
const secretName = 'kubedoh-agent-key'

/**
 * The files that follow from a setup, the edge's configuration and the agent's private key (its file's text). They are
 * written again whenever one of these changes.
 */
export function derivedFiles(setup: Setup, edgeConfig: string, agentKey: string): SetupFile[] {
  const secret = { name: fileNames.secret, isSecret: true, text: secretManifest(agentKey) }
  if (setup.edge === 'self-hosted') return [secret]
  const config = JSON.stringify(JSON.parse(edgeConfig))
  const variables = { KUBEDOH_CONFIG: config }
  return [
    secret,
    { name: fileNames.worker, isSecret: true, text: `${JSON.stringify(variables, undefined, 2)}\n` },
    { name: fileNames.devVars, isSecret: true, text: `KUBEDOH_CONFIG='${config}'\n` },
  ]
}

/** The Helm values of the agent. The file is written once: the user may add to it. */
export function agentValues(setup: Setup): SetupFile {
  const { cluster, domain } = setup
  const text = `# Values of the chart deploy/chart for the agent of the cluster ${cluster}.
mode: agent
cluster:
  id: ${JSON.stringify(cluster)}
  domain: ${JSON.stringify(domain)}
agent:
  edgeUrl: ${JSON.stringify(edgeUrl(setup))}
  key:
    secretName: ${secretName}
    secretKey: ${fileNames.key}
`
  return { name: fileNames.values, isSecret: false, text }
}

function secretManifest(agentKey: string): string {
  return `apiVersion: v1
kind: Namespace
metadata:
  name: ${agentNamespace}
---
apiVersion: v1
kind: Secret
metadata:
  name: ${secretName}
  namespace: ${agentNamespace}
type: Opaque
stringData:
  ${fileNames.key}: ${JSON.stringify(agentKey.trim())}
`
}
