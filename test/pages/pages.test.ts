import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systems } from '../../worker/pages/systems.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'
import { newKey, publishThrough } from '../blackbox/publish.ts'
import { policyWithToken } from '../blackbox/token-policy.ts'
import { skipWithout } from '../clients/program.ts'
import { repositoryRoot } from '../house/source.ts'
import { waitFor } from '../wait-for.ts'
import { openChromium } from './chromium.ts'
import type { Driver, Look } from './driver.ts'
import { openFirefox } from './firefox.ts'

/*
 * The set-up page in real browsers, which a person would see: themes, widths, keys, clicks, no violation of accessibility
 * rules, no layout shift. The pictures are in dist/pages, for people to look at.
 */

const pictures = join(repositoryRoot, 'dist/pages')
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const alias = 'web-alias.default.svc.cluster.local'

let edge: Awaited<ReturnType<typeof startNodeEdge>>
let url: string

before(async () => {
  const key = await newKey()
  const zones = ['cluster.local', 'prod.internal']
  const clusters = [{ id: 'prod', keys: [key.publicKey], zones, reverse: ['10.96.0.0/12', '172.16.0.0/16'] }]
  edge = await startNodeEdge({ public: false, clusters })
  const { token, source } = await policyWithToken('prod')
  const objects = await readFile(new URL('../../examples/objects.yaml', import.meta.url), 'utf8')
  await publishThrough(edge.fetch, edge.url, 'prod', key, objects, Date.now, source)
  url = `${edge.url}/setup/${token}`
  await mkdir(pictures, { recursive: true })
})
after(() => edge?.stop())

/** The looks of the pictures: a phone, a tablet, a desktop. */
const sizes = [
  { name: 'phone', width: 360, height: 780 },
  { name: 'tablet', width: 768, height: 1_024 },
  { name: 'desktop', width: 1_280, height: 900 },
] as const
const wide = { width: 1_280, height: 900 }

/** What the page shows at once: an answer with an alias, one without records, and the set-up. */
const views = { setup: '', alias: `?name=${alias}`, missing: '?name=nobody.default.svc.cluster.local' }

async function checkLook(driver: Driver, program: string, theme: Look['theme']): Promise<void> {
  for (const { name, width, height } of sizes) {
    for (const [view, query] of Object.entries(views)) {
      await driver.load(url + query, { width, height, theme })
      const title = `${program}-${view}-${name}-${theme}`
      await writeFile(join(pictures, `${title}.png`), await driver.screenshot())
      assert.deepEqual(await violations(driver), [], title)
      const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
      assert.equal(await driver.evaluate(overflow), 0, `${title} is wider than its window`)
      const background = await driver.evaluate<string>(
        'getComputedStyle(document.documentElement).backgroundColor',
      )
      assert.equal(background, theme === 'dark' ? 'rgb(15, 18, 22)' : 'rgb(246, 247, 249)', title)
    }
  }
}

/** The rules of axe that the page violates, each with its first element. */
async function violations(driver: Driver): Promise<string[]> {
  await driver.evaluate(`(() => { ${axe}\n return true })()`)
  return driver.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))`,
  )
}

/** Looks a name up by keys alone, with the list of names, then copies a command by a click and opens another tab. */
async function checkUse(driver: Driver, program: string): Promise<void> {
  await driver.load(url, { ...wide, theme: 'light' })
  const answer = (): Promise<string> => driver.evaluate(`document.getElementById('answer').innerText`)
  const seen = (what: string, expression: string): Promise<void> =>
    waitFor(what, () => driver.evaluate<boolean>(expression)).then(() => undefined)
  await driver.evaluate(`document.getElementById('name').focus()`)
  await driver.type('none-')
  await seen('the list of names', `document.querySelectorAll('#names li').length > 0`)
  const first = await driver.evaluate<string>(`document.querySelector('#names li').innerText`)
  assert.match(first, /^none-linuxea\.default\.svc\.cluster\.local/)
  await driver.press('ArrowDown')
  await writeFile(join(pictures, `${program}-names.png`), await driver.screenshot())
  assert.deepEqual(await violations(driver), [])
  await driver.press('Enter')
  assert.equal(
    await driver.evaluate(`document.getElementById('name').value`),
    'none-linuxea.default.svc.cluster.local',
  )
  assert.equal(await driver.evaluate(`document.getElementById('names').hidden`), true)
  await driver.press('Enter')
  await seen('the answer', `document.querySelector('#answer .verdict') !== null`)
  assert.match(await answer(), /none-linuxea\.default\.svc\.cluster\.local has 3 IPv4 addresses\./)
  assert.match(await answer(), /;; ANSWER SECTION:\n/)
  assert.equal(await driver.evaluate('location.search'), '')
  await driver.click('label[for=s-macos]')
  assert.equal(await driver.evaluate(`getComputedStyle(document.getElementById('p-macos')).display`), 'block')
  await driver.evaluate(`document.getElementById('s-macos').focus()`)
  await driver.press('ArrowRight')
  assert.equal(
    await driver.evaluate(`getComputedStyle(document.getElementById('p-windows')).display`),
    'block',
  )
  await driver.click('#p-windows .copy')
  await seen('the button’s word', `document.querySelector('#p-windows .copy').innerText !== 'Copy'`)
  assert.equal(await driver.evaluate(`document.querySelector('#p-windows .copy').innerText`), 'Copied')
  const foreign = `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => !name.startsWith(location.origin))`
  assert.deepEqual(await driver.evaluate(foreign), [])
}

function inBrowser(program: string, what: string, check: () => Promise<void>): void {
  test(`${program}: ${what}`, async (t) => {
    const reason = await skipWithout(program)
    if (reason) return t.skip(reason)
    await check()
  })
}

async function using(open: () => Promise<Driver>, check: (driver: Driver) => Promise<void>): Promise<void> {
  const driver = await open()
  try {
    await check(driver)
  } finally {
    await driver.close()
  }
}

for (const theme of ['light', 'dark'] as const) {
  inBrowser('chromium', `${theme}: no violation, and nothing wider than the window`, () =>
    using(openChromium, (driver) => checkLook(driver, 'chromium', theme)),
  )
  inBrowser('firefox-esr', `${theme}: no violation, and nothing wider than the window`, () =>
    using(
      () => openFirefox(theme),
      (driver) => checkLook(driver, 'firefox', theme),
    ),
  )
}

inBrowser('chromium', 'keys and clicks', () => using(openChromium, (driver) => checkUse(driver, 'chromium')))
inBrowser('firefox-esr', 'keys and clicks', () =>
  using(
    () => openFirefox('light'),
    (driver) => checkUse(driver, 'firefox'),
  ),
)

inBrowser('chromium', 'every tab of a phone, and a rule of axe that is violated', () =>
  using(openChromium, async (driver) => {
    await driver.load(url, { width: 390, height: 844, theme: 'light' })
    for (const system of systems) {
      await driver.click(`label[for=s-${system}]`)
      await writeFile(join(pictures, `chromium-tab-${system}.png`), await driver.screenshot())
      assert.deepEqual(await violations(driver), [], system)
    }
    await driver.evaluate(`document.documentElement.removeAttribute('lang')`)
    assert.match(String(await violations(driver)), /^html-has-lang: /)
  }),
)

inBrowser(
  'chromium',
  'the page does not shift while it loads and after a look-up, and its requests are small',
  () =>
    using(openChromium, async (driver) => {
      for (const { width, height } of sizes) {
        await driver.load(url, { width, height, theme: 'light' })
        await driver.evaluate(`document.getElementById('name').focus()`)
        await driver.type(alias)
        await driver.press('Enter')
        await waitFor('the answer', () =>
          driver.evaluate<boolean>(`document.querySelector('.chain') !== null`),
        )
        const shift = await driver.evaluate<number>(`new Promise((resolve) => {
        let sum = 0
        const add = (list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value }
        new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true })
        setTimeout(() => resolve(sum), 500)
      })`)
        assert.equal(shift, 0, `at ${width} pixels`)
        const bytes = await driver.evaluate<number>(
          `performance.getEntriesByType('navigation')[0].decodedBodySize`,
        )
        assert.ok(bytes < 50_000, `${bytes} bytes`)
      }
    }),
)
