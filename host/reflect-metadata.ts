type Metadata = {
  defineMetadata(key: unknown, value: unknown, target: object): void
  getOwnMetadata(key: unknown, target: object): unknown
  getMetadata(key: unknown, target: object): unknown
}

const known = new WeakMap<object, Map<unknown, unknown>>()

const metadata: Metadata = {
  defineMetadata(key, value, target) {
    known.set(target, new Map(known.get(target)).set(key, value))
  },
  getOwnMetadata: (key, target) => known.get(target)?.get(key),
  getMetadata(key, target) {
    for (let at: object | null = target; at; at = Reflect.getPrototypeOf(at)) {
      if (known.get(at)?.has(key)) return known.get(at)?.get(key)
    }
    return undefined
  },
}

/**
 * @peculiar/x509 is built with tsyringe, which refuses to load where Reflect has no metadata functions. This
 * gives it the three that it calls, after the decorator metadata proposal, unless somebody else did.
 */
export function provideMetadata(): void {
  if (!('getMetadata' in Reflect)) Object.assign(Reflect, metadata)
}
