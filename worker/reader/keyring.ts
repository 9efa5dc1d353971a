import { importTrustedKeys, type TrustedKeys } from '../../snapshot/key.ts'
import type { ClusterConfig } from '../config.ts'

/** The keys of each cluster, imported at their first use. */
export type Keyring = { keysOf(cluster: ClusterConfig): Promise<TrustedKeys> }

/** Keeps imported keys, not the promises of them: a promise may die with the request that began it. */
export function createKeyring(): Keyring {
  const imported = new Map<string, TrustedKeys>()
  return {
    async keysOf(cluster) {
      const held = imported.get(cluster.id)
      if (held) return held
      const keys = await importTrustedKeys(cluster.keys)
      imported.set(cluster.id, keys)
      return keys
    },
  }
}
