import { lookup, Resolver } from 'node:dns/promises'

/*
 * node node-lookup.ts lookup|resolve NAME   Prints the addresses that Node finds for a name, by getaddrinfo or by c-ares, or
 * 'not found', or the error's code.
 */

const [, , how, name = ''] = process.argv
try {
  if (how === 'lookup') for (const { address } of await lookup(name, { all: true })) console.log(address)
  else {
    const resolver = new Resolver()
    const families = await Promise.all([
      resolver.resolve4(name).catch(noData),
      resolver.resolve6(name).catch(noData),
    ])
    for (const address of families.flat()) console.log(address)
  }
} catch (error) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  console.log(code === 'ENOTFOUND' ? 'not found' : code)
}

/** A name may have addresses of one family only. */
function noData(error: unknown): string[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENODATA') return []
  throw error
}
