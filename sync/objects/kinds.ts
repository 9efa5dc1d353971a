import type { PodsMode } from '../../snapshot/schema.ts'
import type { ObjectKind } from './skipped.ts'

/** The kinds of object that a snapshot needs in a pods mode. Pods, which are many, are needed only for `verified`. */
export function kindsFor(mode: PodsMode): readonly ObjectKind[] {
  const always: readonly ObjectKind[] = ['Namespace', 'Service', 'EndpointSlice']
  return mode === 'verified' ? [...always, 'Pod'] : always
}
