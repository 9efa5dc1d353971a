import type { Random } from '../seeded-random.ts'
import { fleetingName, type Objects } from './cluster-model.ts'
import type { Asked } from './expected-answer.ts'
import { zone } from './expected-answer.ts'

/** Draws a question about names of the cluster; aliases are more likely. */
export function drawQuestion(objects: Objects, random: Random): Asked {
  if (random.chance(0.1)) return { name: `${fleetingName(random)}.svc.${zone}`, type: 'A' }
  const keys = [...objects.services.keys()]
  const aliases = keys.filter((key) => key.startsWith('alias-'))
  const key = random.pick(random.chance(0.35) ? aliases : keys)
  const service = objects.services.get(key)
  const name = `${key}.svc.${zone}`
  if (!service || service.kind === 'alias') return { name, type: random.chance(0.9) ? 'A' : 'AAAA' }
  const drawn = random.next()
  if (drawn < 0.4) return { name, type: 'A' }
  if (drawn < 0.45) return { name, type: 'AAAA' }
  if (service.kind === 'cluster') {
    const [endpoint] = service.endpoints
    if (drawn < 0.6) return reverse(service.ip)
    if (drawn < 0.7) return { name: `_http._tcp.${name}`, type: 'SRV' }
    if (endpoint === undefined) return { name, type: 'A' }
    return drawn < 0.85 ? reverse(endpoint) : { name: `${endpoint.replaceAll('.', '-')}.${name}`, type: 'A' }
  }
  const [host] = service.hosts
  if (!host) return { name, type: 'A' }
  return drawn < 0.75 ? { name: `${host[0]}.${name}`, type: 'A' } : reverse(host[1])
}

/** Questions for the addresses of every Service. */
export function everyQuestion({ services }: Objects): Asked[] {
  return [...services.keys()].map((key) => ({ name: `${key}.svc.${zone}`, type: 'A' }))
}

function reverse(address: string): Asked {
  return { name: `${address.split('.').toReversed().join('.')}.in-addr.arpa`, type: 'PTR' }
}
