import { fieldOf } from './fields.ts'
import { isObjectName, objectNameProblem } from './label.ts'
import type { ObjectKind, Reason } from './skipped.ts'

/** An object's identity. `problem` is the reason why its name is not valid in DNS; undefined when it is valid. */
export type Identity = {
  readonly key: string
  readonly namespace: string
  readonly name: string
  readonly problem: Reason | undefined
}

/**
 * An object → its identity. The names of EndpointSlices and Pods may be anything, since no DNS name contains them
 * (endpoint-slice.ts checks the names of pods that it uses as labels). Namespaces have no namespace.
 * Never throws: an object without metadata has the key '?/?'.
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

function problemOf(kind: ObjectKind, name: unknown, namespace: unknown): Reason | undefined {
  if (kind !== 'EndpointSlice' && kind !== 'Pod' && !isObjectName(name))
    return { cause: 'name', text: `its name ${objectNameProblem(name)}` }
  if (kind !== 'Namespace' && !isObjectName(namespace))
    return { cause: 'namespace', text: `its namespace ${objectNameProblem(namespace)}` }
  return undefined
}
