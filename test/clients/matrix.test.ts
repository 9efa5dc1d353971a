import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noNamespace, runMatrix } from './matrix.ts'
import { obtainedPrograms } from './programs.ts'

// `npm run clients` also runs the browsers, which would take too long here.
test('every client except the browsers gets every name', async (t) => {
  const reason = await noNamespace()
  if (reason) return t.skip(reason)
  for await (const row of runMatrix(await obtainedPrograms(), false)) {
    await t.test(`${row.client} ${row.version}`, async (client) => {
      if (row.skipped !== undefined) return client.skip(row.skipped)
      assert.notEqual(row.cells.length, 0)
      for (const { title, passed, said } of row.cells)
        await client.test(`${title}: ${passed ? said : ''}`, () => assert.ok(passed, said))
    })
  }
})
