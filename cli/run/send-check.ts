import type { Ask, Got } from '../../check/row.ts'
import type { Send } from '../../check/run.ts'
import { connectError } from '../../client/connect-error.ts'
import { exchangeHttp } from '../../client/http/http-exchange.ts'

/** How to connect to the server under check. */
export type Reach = {
  readonly url: URL
  /** PEM text of the authorities to trust. */
  readonly ca: string | undefined
  readonly insecure: boolean
  /** Time limit of a request. */
  readonly timeoutMs: number
}

/** Sends the requests of rows, each on a new connection. */
export function createSend(reach: Reach): Send {
  return async (ask) => {
    const signal = AbortSignal.timeout(reach.timeoutMs)
    try {
      return await sendAsk(reach, ask, signal)
    } catch (error) {
      if (signal.aborted) return { failed: `no response within ${reach.timeoutMs} ms` }
      return { failed: connectError(error, reach.url).message }
    }
  }
}

async function sendAsk({ url, ca, insecure }: Reach, ask: Ask, signal: AbortSignal): Promise<Got> {
  const target = new URL(url)
  target.pathname += ask.below ?? ''
  if (ask.query !== undefined && ask.query !== '')
    target.search = `${url.search === '' ? '?' : `${url.search}&`}${ask.query}`
  const length = ask.body ? { 'content-length': String(ask.body.length) } : {}
  const { status, headers, bytes, httpVersion } = await exchangeHttp({
    url: target,
    method: ask.method ?? 'GET',
    headers: { ...ask.headers, ...length },
    body: ask.body,
    ca,
    insecure,
    protocols: ask.protocol === undefined ? undefined : [ask.protocol],
    tlsVersion: ask.tlsVersion,
    signal,
  })
  const flat = Object.entries(headers).map(([name, value]) => [
    name,
    value === undefined ? value : String(value),
  ])
  return { status, headers: Object.fromEntries(flat) as Record<string, string>, bytes, httpVersion }
}
