import type { Fetch } from '../worker/ports.ts'

/**
 * A fetch for upstream resolvers that keeps connections open. It speaks HTTP/2 if the server does: Node's fetch offers
 * HTTP/1.1 only, which BIND does not answer. No proxy is used. Authorities to trust are Node's and those
 * of NODE_EXTRA_CA_CERTS.
 */
export function createUpstreamFetch(): Fetch {
  let opened: Promise<Fetch> | undefined
  return async (url, init) => {
    opened ??= open()
    return (await opened)(url, init)
  }
}

/** Loads undici at the first request: most edges have no upstream. */
async function open(): Promise<Fetch> {
  // As a path, since Bun replaces the package undici by a part of it.
  const { Agent, fetch } = await import('undici/index.js')
  const dispatcher = new Agent({ allowH2: true })
  return (url, init) => fetch(url, { ...init, dispatcher })
}
