/** Time that a test controls: days pass in seconds, and the order of events is the same in every run. */
export type VirtualTime = {
  /** Unix ms. */
  now(): number
  /** Calls `action` after `ms`; the returned function cancels it. */
  at(ms: number, action: () => void): () => void
  sleep(ms: number): Promise<void>
  /** Lets `ms` pass, and runs the due events one after the other. */
  pass(ms: number): Promise<void>
  /** Ends `pass` before the next event. */
  stop(): void
  /** Events so far. */
  steps(): number
}

type Event = { readonly atMs: number; readonly order: number; action: (() => void) | undefined }

/** Virtual time from `startMs` on. Code under test must wait for this time only (see synchronous-crypto.ts). */
export function createVirtualTime(startMs: number): VirtualTime {
  const queue: Event[] = []
  let nowMs = startMs
  let count = 0
  let steps = 0
  let isStopped = false

  function at(ms: number, action: () => void): () => void {
    const event: Event = { atMs: nowMs + Math.max(0, ms), order: count++, action }
    insert(queue, event)
    return () => {
      event.action = undefined
    }
  }

  async function pass(ms: number): Promise<void> {
    const untilMs = nowMs + ms
    await quiet()
    while (!isStopped && queue[0] && queue[0].atMs <= untilMs) {
      const { atMs, action } = removeFirst(queue)
      if (!action) continue
      nowMs = atMs
      steps++
      action()
      await quiet()
    }
    if (!isStopped) nowMs = untilMs
  }

  return {
    now: () => nowMs,
    at,
    sleep: (ms) => new Promise((resolve) => void at(ms, resolve)),
    pass,
    stop: () => {
      isStopped = true
    },
    steps: () => steps,
  }
}

/** Resolves when all pending promise callbacks have run, which is before the next turn of Node's event loop. */
function quiet(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

// A binary heap ordered by time; events of the same time by creation.

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

function insert(heap: Event[], event: Event): void {
  let at = heap.push(event) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(event, heap[parent] as Event)) break
    heap[at] = heap[parent] as Event
    at = parent
  }
  heap[at] = event
}

function removeFirst(heap: Event[]): Event {
  const first = heap[0] as Event
  const last = heap.pop() as Event
  if (heap.length === 0) return first
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++
    if (!isBefore(heap[child] as Event, last)) break
    heap[at] = heap[child] as Event
    at = child
  }
  heap[at] = last
  return first
}
