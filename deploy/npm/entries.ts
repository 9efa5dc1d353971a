/** The runtime of an entry: Node, or every runtime with the Web APIs. */
type Runtime = 'node' | 'web'

/**
 * What the npm package exports: subpath → the source file, relative to the project. dns-packet, the second decoder of
 * the checker, needs Node's Buffer.
 */
export const entries: Readonly<Record<string, { readonly source: string; readonly runtime: Runtime }>> = {
  check: { source: 'exports/check.ts', runtime: 'node' },
  cloudflare: { source: 'worker/cloudflare/worker.ts', runtime: 'web' },
  dns: { source: 'exports/dns.ts', runtime: 'web' },
  snapshot: { source: 'exports/snapshot.ts', runtime: 'web' },
  worker: { source: 'exports/worker.ts', runtime: 'web' },
}

/** The declaration file of a source file, relative to the folder of declarations. */
export function declarationOf(source: string): string {
  return source.replace(/\.ts$/, '.d.ts')
}
