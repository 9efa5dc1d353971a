import type { Front } from './front.ts'

/** The front of the runtime that runs this process: Bun, or else Node. */
export async function ownFront(): Promise<Front> {
  if (process.versions.bun !== undefined) return (await import('../bun/front.ts')).bunFront
  return (await import('../http/front.ts')).nodeFront
}
