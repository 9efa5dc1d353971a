import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { encode } from 'uqr'
import { placesOf } from '../places.ts'
import { sampleFacts } from './facts.case.ts'
import { qr, qrText } from './qr.ts'

const { setup } = placesOf(sampleFacts.dohUrl)
const dir = mkdtempSync(join(tmpdir(), 'kubedoh-qr-'))
after(() => rmSync(dir, { recursive: true }))

/** Whether zbarimg is missing, as the reason to skip; in CI it has to be there. */
const skip =
  spawnSync('zbarimg', ['--version']).error && process.env.CI !== 'true' ? 'zbarimg is not installed' : false

/** A picture in the format PGM (netpbm), in which zbarimg reads the code: `scale` pixels for each module. */
function picture(isDark: (x: number, y: number) => boolean, size: number, scale = 4): Buffer {
  const pixels = Buffer.alloc((size * scale) ** 2, 255)
  for (let y = 0; y < size * scale; y++)
    for (let x = 0; x < size * scale; x++)
      if (isDark(Math.floor(x / scale), Math.floor(y / scale))) pixels[y * size * scale + x] = 0
  return Buffer.concat([Buffer.from(`P5\n${size * scale} ${size * scale}\n255\n`), pixels])
}

function readCode(bytes: Buffer): string {
  const file = join(dir, 'code.pgm')
  writeFileSync(file, bytes)
  const stdio = ['ignore', 'pipe', 'ignore'] as const
  return execFileSync('zbarimg', ['--quiet', '--raw', file], { encoding: 'utf8', stdio: [...stdio] }).trim()
}

test('zbarimg reads the address of the set-up page in the picture', { skip }, async () => {
  const svg = await qr.write(sampleFacts)
  const width = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1])
  // Each module is one square of a path: M x,y h10 v10 h-10 z.
  const squares = Array.from(
    svg.matchAll(/M(\d+),(\d+)h10v10h-10z/g),
    ([, x, y]) => `${Number(x) / 10} ${Number(y) / 10}`,
  )
  assert.ok(squares.length > 100, svg.slice(0, 300))
  const dark = new Set(squares)
  assert.equal(readCode(picture((x, y) => dark.has(`${x} ${y}`), width / 10)), setup)
})

test('zbarimg reads it in the lines for a terminal, whose characters are light on dark', {
  skip,
}, async () => {
  const rows = (await qrText.write(sampleFacts)).trimEnd().split('\n')
  const lit: Readonly<Record<string, readonly boolean[]>> = {
    '█': [true, true],
    '▀': [true, false],
    '▄': [false, true],
    ' ': [false, false],
  }
  const size = rows[0]?.length ?? 0
  const isDark = (x: number, y: number): boolean => !(lit[rows[y >> 1]?.[x] ?? '█']?.[y % 2] ?? true)
  assert.equal(readCode(picture(isDark, size)), setup)
})

test('codes have the quiet zone of four modules that readers need', async () => {
  const { size } = encode(setup, { border: 4 })
  const rows = (await qrText.write(sampleFacts)).trimEnd().split('\n')
  assert.equal(rows[0]?.length, size)
  for (const row of rows.slice(0, 2)) assert.match(row, /^█+$/)
})
