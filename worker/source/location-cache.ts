/**
 * A cache that the isolates of one location share. It may lose entries, and its entries are not trusted. No method rejects.
 */
export type LocationCache = {
  get(name: string): Promise<string | undefined>
  put(name: string, text: string, maxAgeSeconds: number): Promise<void>
}

/** Entries named by a hash never change (s). */
export const immutableSeconds = 86_400

/** Tells whether a cache really shares: on Cloudflare it silently does nothing without a custom domain. */
export async function doesShare(cache: LocationCache, name: string): Promise<boolean> {
  await cache.put(name, 'shared', immutableSeconds)
  return (await cache.get(name)) === 'shared'
}
