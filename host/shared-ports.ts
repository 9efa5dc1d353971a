let isWorker = false

/** Says that this process is one of several workers on the same addresses. To be called before the first one is listened on. */
export function becomeWorker(): void {
  isWorker = true
}

/**
 * Whether addresses are to be listened on with SO_REUSEPORT: by the workers on Bun. On Node the processes of node:cluster share the
 * sockets themselves. (On Bun a worker that imports node:cluster loses messages which come before it listens for them.)
 */
export function sharesPorts(): boolean {
  return isWorker && process.versions.bun !== undefined
}
