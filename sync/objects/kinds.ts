import type { PodsMode } from '../../snapshot/schema.ts'
import type { ObjectKind } from './skipped.ts'

/** The kinds of object that a snapshot needs in a pods mode: Pods are many, and only `verified` reads them. */
export function kindsFor(mode: PodsMode): readonly ObjectKind[] {
  const always: readonly ObjectKind[] = ['Namespace', 'Service', 'EndpointSlice']
  return mode === 'verified' ? [...always, 'Pod'] : always
}
