import { readFileSync } from 'node:fs'
import { errorText } from '../error-text.ts'
import { KubeconfigError } from './errors.ts'
import { type Kubeconfig, mergeKubeconfigs, parseKubeconfig } from './parse.ts'
import { selectTarget } from './select.ts'
import { serviceAccountTarget } from './service-account.ts'
import type { CredentialsWorld, Target } from './target.ts'

/**
 * Where to find a cluster: the service account of the pod that this process runs in, a kubeconfig, or several (as in
 * KUBECONFIG), which are merged and of which missing ones are skipped.
 */
export type KubeLocation =
  | 'in-cluster'
  | { readonly kubeconfig: string | readonly string[]; readonly context?: string | undefined }

/** Reads and checks the configuration at a location; connects to nothing, runs nothing. Throws KubeconfigError. */
export function readTarget(location: KubeLocation, world: CredentialsWorld): Target {
  if (location === 'in-cluster') return serviceAccountTarget(world)
  const { kubeconfig, context } = location
  if (typeof kubeconfig === 'string')
    return selectTarget(parseKubeconfig(bytesOf(kubeconfig), kubeconfig), context, kubeconfig, world)
  const source = kubeconfig.join(', ')
  const configs = kubeconfig.flatMap(readIfThere)
  if (configs.length === 0) throw new KubeconfigError(`no kubeconfig: there is no file ${source}`)
  return selectTarget(mergeKubeconfigs(configs), context, source, world)
}

function readIfThere(file: string): Kubeconfig[] {
  try {
    return [parseKubeconfig(readFileSync(file), file)]
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw asKubeconfigError(file, error)
  }
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw asKubeconfigError(file, error)
  }
}

function asKubeconfigError(file: string, error: unknown): KubeconfigError {
  if (error instanceof KubeconfigError) return error
  return new KubeconfigError(`${file}: ${errorText(error)}`)
}
