import type { Fetch } from '../worker/ports.ts'

/**
 * A fetch for upstream resolvers, its connections kept open. It speaks HTTP/2 where the server does: Node's own
 * offers HTTP/1.1 alone, which BIND does not answer. No proxy is used. Authorities to trust are Node's and those
 * of NODE_EXTRA_CA_CERTS.
 */
export function createUpstreamFetch(): Fetch {
  let opened: Promise<Fetch> | undefined
  return async (url, init) => {
    opened ??= open()
    return (await opened)(url, init)
  }
}

/** Loaded when something is asked only: most edges have no upstream. */
async function open(): Promise<Fetch> {
  const { Agent, fetch } = await import('undici')
  const dispatcher = new Agent({ allowH2: true })
  return (url, init) => fetch(url, { ...init, dispatcher })
}
