import type {
  Request as CacheRequest,
  Response as CacheResponse,
  CacheStorage,
} from '@cloudflare/workers-types'
import type { LocationCache } from '../source/location-cache.ts'

/** No route serves this host, and .invalid is no domain (RFC 6761 §6.4): only the Worker itself can read these entries. */
const base = 'https://register.kubedoh.invalid/'

/** Cloudflare's Cache API as the cache of a location. Where it fails or does nothing, there are no entries. */
export function createCloudflareCache(caches: CacheStorage): LocationCache {
  const open = () => caches.open('kubedoh-register')
  const requestOf = (name: string) => new Request(base + name) as unknown as CacheRequest
  return {
    async get(name) {
      try {
        return await (await (await open()).match(requestOf(name)))?.text()
      } catch {
        return undefined
      }
    },
    async put(name, text, maxAgeSeconds) {
      const headers = { 'cache-control': `public, max-age=${maxAgeSeconds}, immutable` }
      const response = new Response(text, { headers }) as unknown as CacheResponse
      try {
        await (await open()).put(requestOf(name), response)
      } catch {
        // There is no cache here: isolates then ask the register themselves.
      }
    },
  }
}
