import type { State } from './object-history.ts'

/** A question, the objects that its answer depends on, and the answer as their states make it. */
export type Inquiry = {
  /** Absolute, with final dot. */
  readonly name: string
  readonly type: 'A' | 'SRV' | 'CNAME' | 'PTR'
  /** Keys of the history. */
  readonly keys: readonly string[]
  /** The states of `keys` → the answer's text (see answer-text.ts). Pure. */
  expect(states: readonly (State | undefined)[]): string
  /** True of names that no cluster can have: these are denied however old the data is. */
  readonly isImpossible?: true
}

const zone = 'cluster.local.'

/** Keys of the history. */
export const keyOf = {
  namespace: (name: string): string => `Namespace ${name}`,
  service: (namespace: string, name: string): string => `Service ${namespace}/${name}`,
  slice: (namespace: string, name: string): string => `EndpointSlice ${namespace}/${name}`,
}

/** What is asked about a Service that may have an address, be an alias or not be there. */
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

/** What is asked about a headless Service with one slice: its addresses, its port, and one endpoint's. */
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

/** The pointer of an address that one version of a Service has, and none before or after. */
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

/** A namespace's own name, which exists without records. */
export function inquireNamespace(name: string): Inquiry {
  return {
    name: `${name}.svc.${zone}`,
    type: 'A',
    keys: [keyOf.namespace(name)],
    expect: ([space]) => (space ? 'NODATA' : 'NXDOMAIN'),
  }
}

/** A name that never exists: nothing that is written makes it. */
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

/** Records → one text, whatever their order. None is NODATA. */
export function textOf(records: readonly string[]): string {
  return records.length === 0 ? 'NODATA' : records.toSorted().join('\n')
}
