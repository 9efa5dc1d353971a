/** A browser's remote control: JSON over a WebSocket, as in Chrome's DevTools protocol and WebDriver BiDi. */
export type Remote = {
  /** Sends a command and returns its result. Throws with the browser's message, or after `timeoutMs`. */
  call(method: string, params?: object, sessionId?: string): Promise<Record<string, unknown>>
  /** Resolves at the next event of that name. */
  next(event: string): Promise<void>
  close(): void
}

type Message = {
  readonly id?: number
  readonly method?: string
  readonly result?: Record<string, unknown>
  readonly error?: string | { readonly message: string }
  readonly message?: string
}

const timeoutMs = 30_000

/** Connects to a browser that was started with `--remote-debugging-port`. */
export async function connectRemote(url: string): Promise<Remote> {
  const socket = new WebSocket(url)
  const opened = Promise.withResolvers<void>()
  socket.addEventListener('open', () => opened.resolve())
  socket.addEventListener('error', () => opened.reject(new Error(`no connection to ${url}`)))
  const calls = new Map<number, PromiseWithResolvers<Record<string, unknown>>>()
  const events = new Map<string, PromiseWithResolvers<void>>()
  socket.addEventListener('message', ({ data }) => {
    const { id, method, result, error, message } = JSON.parse(String(data)) as Message
    if (method !== undefined) events.get(method)?.resolve()
    if (id === undefined) return
    if (error === undefined) calls.get(id)?.resolve(result ?? {})
    else calls.get(id)?.reject(new Error(typeof error === 'string' ? `${error}: ${message}` : error.message))
  })
  await bounded(opened.promise, url)
  return {
    call(method, params = {}, sessionId?) {
      const id = calls.size + 1
      const answered = Promise.withResolvers<Record<string, unknown>>()
      calls.set(id, answered)
      socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }))
      return bounded(answered.promise, method)
    },
    next(event) {
      const happened = Promise.withResolvers<void>()
      events.set(event, happened)
      return bounded(happened.promise, event)
    },
    close: () => socket.close(),
  }
}

async function bounded<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`${what}: nothing within ${timeoutMs} ms`)), timeoutMs)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
