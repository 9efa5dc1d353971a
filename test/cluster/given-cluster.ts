import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterError } from './errors.ts'
import { type Kubectl, kubectlFor } from './kubectl.ts'

/** The cluster of KUBECONFIG, used with the installed kubectl and the rights of its user. */
export type GivenCluster = {
  /** False: real kubelets run its pods, so their status cannot be set, and its programs cannot be killed. */
  readonly owned: false
  /** The value of KUBECONFIG: usually one path, but a list is possible. */
  readonly kubeconfig: string
  readonly kubectl: Kubectl
  readonly apiUrl: string
  /** PEM file of the authority behind apiUrl; undefined for the system's authorities. */
  readonly caFile: string | undefined
  /** A directory for files of the tests; removed by stop(). */
  readonly dir: string
  readonly coredns: undefined
  /** Removes `dir`. Does not change the cluster. */
  stop(): Promise<void>
}

type View = { clusters?: { cluster: ClusterEntry }[] }
type ClusterEntry = {
  server: string
  'certificate-authority'?: string
  'certificate-authority-data'?: string
}

/**
 * The current context of `env.KUBECONFIG`, read by the kubectl in PATH. Starts no long-running process.
 * Throws ClusterError COMMAND_FAILED without kubectl, or when the kubeconfig names no cluster.
 */
export async function givenCluster(env: NodeJS.ProcessEnv): Promise<GivenCluster> {
  const kubectl = kubectlFor('kubectl', [], env)
  const view = await kubectl(['config', 'view', '--minify', '--raw', '--flatten', '-o=json'])
  const entry = (JSON.parse(view) as View).clusters?.[0]?.cluster
  if (!entry) throw new ClusterError('COMMAND_FAILED', `no current cluster in ${env.KUBECONFIG}`)
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-given-'))
  return {
    owned: false,
    kubeconfig: env.KUBECONFIG ?? '',
    kubectl,
    apiUrl: entry.server,
    caFile: await authorityFile(entry, dir),
    dir,
    coredns: undefined,
    stop: () => rm(dir, { recursive: true, force: true }),
  }
}

async function authorityFile(entry: ClusterEntry, dir: string): Promise<string | undefined> {
  const data = entry['certificate-authority-data']
  if (!data) return entry['certificate-authority']
  const file = join(dir, 'ca.crt')
  await writeFile(file, Buffer.from(data, 'base64'))
  return file
}
