import { readFile } from 'node:fs/promises'
import { type Case, hostOf } from './case.ts'
import { chromium } from './chromium.ts'
import { firefox } from './firefox.ts'

/*
 * node browse.ts BROWSER URL CA PROFILE CASE...   Loads the pages of these cases (JSON) with a browser whose DoH server is
 * URL, by the file PROFILE of `kubedoh profile`, and prints the observations, one per line. Needs a mount namespace of its
 * own, for the browser's policies.
 */

const browsers = new Map([chromium, firefox].map((client) => [client.programs[0], client]))
const [, , name = '', url = '', caFile = '', profileFile = '', ...texts] = process.argv
const client = browsers.get(name)
if (!client) throw new TypeError(`${name} is not one of ${[...browsers.keys()].join(', ')}`)
const profile = await readFile(profileFile, 'utf8')
const session = await client.open({ url, caFile, profile }, { takeNames: () => [], stop: () => undefined })
try {
  for (const text of texts) {
    const one = JSON.parse(text) as Case
    console.log(`${hostOf(one, client.zone)}: ${await session.see(one)}`)
  }
} finally {
  await session.close()
}
