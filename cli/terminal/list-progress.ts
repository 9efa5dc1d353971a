import { type Notify, shortName } from '../../sync/events.ts'
import type { Resource } from '../../sync/kube/resources.ts'

/** Shows the progress of the first list of each resource, until all are complete. */
export function createListProgress(resources: readonly Resource[], show: (text: string) => void): Notify {
  const counts = new Map(resources.map((each) => [shortName(each), 0]))
  const missing = new Set(counts.keys())
  return (event) => {
    if (missing.size === 0 || (event.kind !== 'listing' && event.kind !== 'listed')) return
    const name = shortName(event.resource)
    counts.set(name, event.objects)
    if (event.kind === 'listed') missing.delete(name)
    const parts = [...counts]
      .filter(([, count]) => count > 0)
      .map(([each, count]) => `${count.toLocaleString('en')} ${each}${missing.has(each) ? '…' : ''}`)
    show(missing.size > 0 && parts.length > 0 ? `listed ${parts.join(', ')}` : '')
  }
}
