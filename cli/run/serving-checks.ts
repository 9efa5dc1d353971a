import type { Check } from '../../sync/observe/health.ts'

/** The checks of `/readyz` that an edge adds to those of its agent. */
export function servingChecks(edge: { isReady(): boolean; isEnding(): boolean }): Check[] {
  return [
    { name: 'answers', problem: () => (edge.isReady() ? undefined : 'no snapshot is in force yet') },
    { name: 'shutdown', problem: () => (edge.isEnding() ? 'shutting down' : undefined) },
  ]
}
