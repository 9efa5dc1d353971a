import type { Handler } from '../../host/http/answer.ts'
import type { Fetch } from '../../sync/publish/edge-client.ts'
import type { Tasks } from '../../worker/ports.ts'

/**
 * A fetch that calls an edge in the same process, without sockets and TLS. The agent still signs its requests and
 * the edge still verifies them.
 */
export function fetchInProcess(handler: Handler, tasks: Tasks): Fetch {
  return async (url, { method, headers, body }) => {
    const { pathname, search } = new URL(url)
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array())
    const response = await handler(
      {
        method,
        path: pathname,
        query: search.slice(1),
        header: (name) => headers[name],
        body: async (maxBytes) => (bytes.length > maxBytes ? 'too-large' : bytes),
      },
      tasks,
    )
    const text = typeof response.body === 'string' ? response.body : new TextDecoder().decode(response.body)
    const { status } = response
    return { status, headers: new Headers(response.headers), text: () => Promise.resolve(text) }
  }
}
