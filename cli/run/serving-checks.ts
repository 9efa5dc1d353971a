import type { Check } from '../../observe/health-checks.ts'

/** The checks of `/readyz` that a server adds to those of its parts. `notReady` says why `isReady` is false. */
export function servingChecks(server: {
  isReady(): boolean
  readonly notReady: string
  isEnding(): boolean
}): Check[] {
  return [
    { name: 'answers', problem: () => (server.isReady() ? undefined : server.notReady) },
    { name: 'shutdown', problem: () => (server.isEnding() ? 'shutting down' : undefined) },
  ]
}
