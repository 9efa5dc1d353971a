import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { LeasePlace } from '../../sync/lease/lease-record.ts'
import { isObjectName } from '../../sync/objects/label.ts'
import { UsageError } from './option-table.ts'

/** The file in which the kubelet provides a pod's namespace. */
const namespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

/** The option of an agent that has replicas. */
export const leaseOption = {
  lease: {
    kind: 'text',
    value: '[NAMESPACE/]NAME',
    help: "elect a leader among replicas with this Lease: only the leader publishes. NAMESPACE is by default the pod's",
  },
} as const

/**
 * A --lease → the Lease and the holder identity of this process, which is unique. Throws UsageError.
 */
export async function leasePlace(text: string | undefined): Promise<LeasePlace | undefined> {
  if (text === undefined) return undefined
  const [first = '', second, ...rest] = text.split('/')
  const name = second ?? first
  const namespace = second === undefined ? await ownNamespace() : first
  if (rest.length > 0 || !isObjectName(namespace) || !isObjectName(name))
    throw new UsageError(`--lease is "${text}", it must be NAMESPACE/NAME, both DNS labels in lower case`)
  return { namespace, name, identity: `${hostname()}_${randomUUID()}` }
}

async function ownNamespace(): Promise<string> {
  try {
    return (await readFile(namespaceFile, 'utf8')).trim()
  } catch {
    throw new UsageError(
      '--lease needs NAMESPACE/NAME: this process is not in a pod, so there is no default namespace',
    )
  }
}
