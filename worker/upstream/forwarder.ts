import type { UpstreamConfig } from '../config.ts'
import type { Forwarder, ForwarderPorts } from './forward.ts'

/**
 * The forwarder of an edge. Its code is loaded with the first question: most edges forward few names, and each isolate of a
 * Worker would load it at its start.
 */
export function createForwarder(config: UpstreamConfig, ports: ForwarderPorts): Forwarder {
  let loaded: Forwarder | undefined
  return {
    async ask(...question) {
      const { createCachingForwarder } = await import('./forward.ts')
      // Questions that came while the code was loaded share one cache.
      loaded ??= createCachingForwarder(config, ports)
      return loaded.ask(...question)
    },
  }
}
