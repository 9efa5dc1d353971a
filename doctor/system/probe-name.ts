import type { Ports } from '../ports.ts'

/** A name outside of all zones that nobody asked before, so that no cache has it (example.com: RFC 2606 §3). */
export function probeName(ports: Pick<Ports, 'randomLabel'>): string {
  return `kubedoh-doctor-${ports.randomLabel()}.example.com`
}
