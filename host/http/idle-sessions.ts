import type { ServerHttp2Session } from 'node:http2'

/** What is known of an open session: the bytes that it had sent and received at the last check, and for how many checks. */
export type Traffic = { bytes: number; quietChecks: number }

/** The checks in the time after which a session is idle. */
const checks = 10

/**
 * Closes sessions without traffic for `idleMs`, at most a tenth later; PING is traffic. Running streams may end. The
 * timeout that Node has for a session is set again several times in each query, which costs a thirtieth of it. Returns a
 * function that stops the checks; they do not keep the process alive.
 */
export function closeIdleSessions(
  sessions: ReadonlyMap<ServerHttp2Session, Traffic>,
  idleMs: number,
): () => void {
  const timer = setInterval(() => {
    for (const [session, traffic] of sessions) {
      // Its socket is gone, and the event 'close' will follow.
      if (session.destroyed) continue
      const bytes = session.socket.bytesRead + session.socket.bytesWritten
      const isQuiet = bytes === traffic.bytes
      traffic.bytes = bytes
      traffic.quietChecks = isQuiet ? traffic.quietChecks + 1 : 0
      if (traffic.quietChecks === checks) session.close()
    }
  }, idleMs / checks)
  timer.unref()
  return () => clearInterval(timer)
}
