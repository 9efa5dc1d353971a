import { fieldOf, show } from './fields.ts'
import { isObjectName } from './label.ts'
import type { ObjectKind } from './skipped.ts'

/** An object's identity: `problem` says why DNS cannot name it, or is undefined when it can. */
export type Identity = {
  readonly key: string
  readonly namespace: string
  readonly name: string
  readonly problem: string | undefined
}

/**
 * An object → its identity. The names of EndpointSlices and Pods are no part of any DNS name (a pod's may be one,
 * see reduce-slice.ts) and may be anything; namespaces have no namespace. Never throws: an object without metadata has the key '?/?'.
 */
export function identify(kind: ObjectKind, object: unknown): Identity {
  const name = fieldOf(object, 'metadata', 'name')
  const namespace = fieldOf(object, 'metadata', 'namespace')
  const nameText = typeof name === 'string' ? name : '?'
  const namespaceText = kind === 'Namespace' ? '' : typeof namespace === 'string' ? namespace : '?'
  return {
    key: kind === 'Namespace' ? nameText : `${namespaceText}/${nameText}`,
    namespace: namespaceText,
    name: nameText,
    problem: problemOf(kind, name, namespace),
  }
}

function problemOf(kind: ObjectKind, name: unknown, namespace: unknown): string | undefined {
  if (kind !== 'EndpointSlice' && kind !== 'Pod' && !isObjectName(name)) {
    return `its name ${show(name)} is not a DNS label in lower case of at most 63 bytes`
  }
  if (kind !== 'Namespace' && !isObjectName(namespace)) {
    return `its namespace ${show(namespace)} is not a DNS label in lower case of at most 63 bytes`
  }
  return undefined
}
