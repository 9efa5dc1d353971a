import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { LeasePlace } from '../../sync/lease/lease-record.ts'
import { isObjectName } from '../../sync/objects/label.ts'
import { UsageError } from './option-table.ts'

/** Where kubelets write the namespace of a pod. */
const namespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

/** The option of an agent that has replicas. */
export const leaseOption = {
  lease: {
    kind: 'text',
    value: '[NAMESPACE/]NAME',
    help: "share this Lease with other replicas: one of them publishes, the others stand by. Without NAMESPACE it is the pod's own",
  },
} as const

/**
 * A --lease → the Lease and the name that this process goes by in it, which no other process has. Throws
 * UsageError.
 */
export async function leasePlace(text: string | undefined): Promise<LeasePlace | undefined> {
  if (text === undefined) return undefined
  const [first = '', second, ...rest] = text.split('/')
  const name = second ?? first
  const namespace = second === undefined ? await ownNamespace() : first
  if (rest.length > 0 || !isObjectName(namespace) || !isObjectName(name))
    throw new UsageError(`--lease is "${text}", it has to be NAMESPACE/NAME, both DNS labels in lower case`)
  return { namespace, name, identity: `${hostname()}_${randomUUID()}` }
}

async function ownNamespace(): Promise<string> {
  try {
    return (await readFile(namespaceFile, 'utf8')).trim()
  } catch {
    throw new UsageError(
      '--lease needs NAMESPACE/NAME here: this process is in no pod whose namespace it could take',
    )
  }
}
