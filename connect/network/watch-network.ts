import { type FileStatus, filesState, type Interfaces, interfacesState } from './network-state.ts'

/** What changed: addresses of interfaces, the files that name resolvers, or the clock, as after a sleep. */
export type NetworkChange = 'interfaces' | 'resolvers' | 'clock'

/** The parts of watching. */
export type NetworkPorts = {
  interfaces(): Interfaces
  /** The status of the files that name resolvers, links followed; undefined for a missing one. Never rejects. */
  resolverFiles(): Promise<readonly (FileStatus | undefined)[]>
  /** The time (Unix ms). It jumps when the machine wakes up. */
  readonly now: () => number
  /** Called after a change, with all changes since the last call. */
  onChange(changes: ReadonlySet<NetworkChange>): void
}

/** The times of watching (ms). */
export type NetworkTimes = {
  /** Between two looks. */
  readonly pollMs: number
  /** Without further changes, until they are reported: an interface that comes up changes several times. */
  readonly quietMs: number
  /** The longest time until changes are reported although others follow. */
  readonly longestMs: number
  /** A look that is this much later or earlier than due is a jump of the clock. */
  readonly jumpMs: number
}

/** The times where no others are given. */
export const networkTimes: NetworkTimes = { pollMs: 2_000, quietMs: 500, longestMs: 3_000, jumpMs: 5_000 }

/** The watch of this machine's network. */
export type NetworkWatch = {
  /** Looks at once. Settles when it has looked; never rejects. */
  look(): Promise<void>
  stop(): void
}

/**
 * Notices changes of the network by looking at it every few seconds, since Node reports none: interfaces, files that name
 * resolvers, and jumps of the clock. It does not keep the process alive.
 */
export function watchNetwork(ports: NetworkPorts, times: NetworkTimes = networkTimes): NetworkWatch {
  const { onChange, now } = ports
  let interfaces = interfacesState(ports.interfaces())
  let files: string | undefined
  let lookedMs = now()
  let changes = new Set<NetworkChange>()
  let firstMs = 0
  let report: NodeJS.Timeout | undefined
  let isStopped = false

  const note = (change: NetworkChange): void => {
    if (isStopped) return
    const nowMs = now()
    if (changes.size === 0) firstMs = nowMs
    changes.add(change)
    clearTimeout(report)
    const leftMs = Math.max(0, Math.min(times.quietMs, firstMs + times.longestMs - nowMs))
    report = setTimeout(() => {
      const all = changes
      changes = new Set()
      onChange(all)
    }, leftMs).unref()
  }
  const look = async (): Promise<void> => {
    const nowMs = now()
    const passedMs = nowMs - lookedMs
    lookedMs = nowMs
    if (passedMs < -times.jumpMs || passedMs > times.pollMs + times.jumpMs) note('clock')
    const seen = interfacesState(ports.interfaces())
    if (seen !== interfaces) note('interfaces')
    interfaces = seen
    const seenFiles = filesState(await ports.resolverFiles())
    if (files !== undefined && seenFiles !== files) note('resolvers')
    files = seenFiles
  }
  const poll = setInterval(() => void look(), times.pollMs).unref()
  void look()
  return {
    look,
    stop() {
      isStopped = true
      clearInterval(poll)
      clearTimeout(report)
    },
  }
}
