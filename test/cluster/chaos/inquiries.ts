import type { State } from './object-history.ts'

/** A question, the objects on which its answer depends, and the expected answer for their states. */
export type Inquiry = {
  /** Absolute, with final dot. */
  readonly name: string
  readonly type: 'A' | 'SRV' | 'CNAME' | 'PTR'
  /** Keys of the objects in the history. */
  readonly keys: readonly string[]
  /** The states of `keys` → the expected text of the answer (see textOf). Pure. */
  expect(states: readonly (State | undefined)[]): string
  /** True for names that no cluster can have: NXDOMAIN is right for them at any age of the data. */
  readonly isImpossible?: true
}

const zone = 'cluster.local.'

/** Keys of objects in the history. */
export const keyOf = {
  namespace: (name: string): string => `Namespace ${name}`,
  service: (namespace: string, name: string): string => `Service ${namespace}/${name}`,
  slice: (namespace: string, name: string): string => `EndpointSlice ${namespace}/${name}`,
}

/** Questions about a Service that has a cluster IP, is an alias or does not exist. */
export function inquireSingle(namespace: string, name: string): Inquiry[] {
  const own = `${name}.${namespace}.svc.${zone}`
  const keys = [keyOf.namespace(namespace), keyOf.service(namespace, name)]
  const expect =
    (records: (state: State & { kind: 'address' }) => string[], bare: string) =>
    ([space, state]: readonly (State | undefined)[]): string => {
      if (!space || !state) return 'NXDOMAIN'
      if (state.kind === 'alias') return bare === 'NXDOMAIN' ? bare : textOf([`CNAME ${state.target}`])
      return state.kind === 'address' ? textOf(records(state)) : 'NXDOMAIN'
    }
  return [
    { name: own, type: 'A', keys, expect: expect(({ ip }) => [`A ${ip}`], 'alias') },
    {
      name: `_web._tcp.${own}`,
      type: 'SRV',
      keys,
      expect: expect(({ ip, port }) => [`SRV ${port} ${own}`, `+A ${own} ${ip}`], 'NXDOMAIN'),
    },
  ]
}

/** Questions about a headless Service with one slice: its addresses, its port, and one endpoint. */
export function inquireHeadless(namespace: string, name: string): Inquiry[] {
  const own = `${name}.${namespace}.svc.${zone}`
  const keys = [keyOf.namespace(namespace), keyOf.service(namespace, name), keyOf.slice(namespace, name)]
  const expect =
    (records: (slice: State & { kind: 'slice' }) => string[]) =>
    ([space, service, slice]: readonly (State | undefined)[]): string =>
      space && service && slice?.kind === 'slice' ? textOf(records(slice)) : 'NXDOMAIN'
  return [
    {
      name: own,
      type: 'A',
      keys,
      expect: expect(({ endpoints }) => endpoints.map(({ ip }) => `A ${ip}`)),
    },
    {
      name: `_web._tcp.${own}`,
      type: 'SRV',
      keys,
      expect: expect(({ endpoints, port }) =>
        endpoints.flatMap(({ hostname, ip }) => [
          `SRV ${port} ${hostname}.${own}`,
          `+A ${hostname}.${own} ${ip}`,
        ]),
      ),
    },
    {
      name: `a.${own}`,
      type: 'A',
      keys,
      expect: expect(({ endpoints }) =>
        endpoints.flatMap(({ hostname, ip }) => (hostname === 'a' ? [`A ${ip}`] : [])),
      ),
    },
  ]
}

/** The PTR of an address that only one version of a Service has. */
export function inquirePointer(namespace: string, name: string, ip: string): Inquiry {
  return {
    name: `${ip.split('.').toReversed().join('.')}.in-addr.arpa.`,
    type: 'PTR',
    keys: [keyOf.namespace(namespace), keyOf.service(namespace, name)],
    expect: ([space, state]) =>
      space && state?.kind === 'address' && state.ip === ip
        ? textOf([`PTR ${name}.${namespace}.svc.${zone}`])
        : 'NXDOMAIN',
  }
}

/** The name of a namespace, which exists without records. */
export function inquireNamespace(name: string): Inquiry {
  return {
    name: `${name}.svc.${zone}`,
    type: 'A',
    keys: [keyOf.namespace(name)],
    expect: ([space]) => (space ? 'NODATA' : 'NXDOMAIN'),
  }
}

/** A name that never exists. */
export function inquireNever(label: string): Inquiry {
  return { name: `${label}.svc.${zone}`, type: 'A', keys: [], expect: () => 'NXDOMAIN' }
}

/** A name that no cluster can have. */
export function inquireImpossible(): Inquiry {
  return {
    name: `beside.${zone}`,
    type: 'A',
    keys: [],
    expect: () => 'NXDOMAIN',
    isImpossible: true,
  }
}

/** Records → one text, independent of their order. No records are NODATA. */
export function textOf(records: readonly string[]): string {
  return records.length === 0 ? 'NODATA' : records.toSorted().join('\n')
}
