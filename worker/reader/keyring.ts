import { importTrustedKeys, type TrustedKeys } from '../../snapshot/key.ts'
import type { ClusterConfig } from '../config.ts'

/** The trusted keys of each cluster, imported on first use. Rejects with TypeError if a key is invalid. */
export type Keyring = { keysOf(cluster: ClusterConfig): Promise<TrustedKeys> }

/** Keeps imported keys, not their promises: a promise may never settle once the request that started it has ended. */
export function createKeyring(): Keyring {
  const imported = new Map<string, TrustedKeys>()
  return {
    async keysOf(cluster) {
      const known = imported.get(cluster.id)
      if (known) return known
      const keys = await importTrustedKeys(cluster.keys)
      imported.set(cluster.id, keys)
      return keys
    },
  }
}
