import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { load } from 'js-yaml'
import { sampleFacts } from './facts.case.ts'
import { githubActions } from './github-actions.ts'

type Step = { readonly uses?: string; readonly env?: Readonly<Record<string, string>>; readonly run?: string }

test('the steps are YAML with a shell script, and take the URL from a secret', async () => {
  const text = await githubActions.write(sampleFacts)
  const steps = load(text) as Step[]
  const [, step] = steps
  assert.equal(steps.length, 2)
  assert.deepEqual(step?.env, { KUBEDOH_URL: `\${{ secrets.KUBEDOH_URL }}` })
  // GitHub runs scripts with `bash -e`.
  execFileSync('bash', ['-n'], { input: step?.run ?? '' })
  assert.match(step?.run ?? '', /umask 077\n.*--url-file .* --install/s)
  assert.ok(!text.includes(sampleFacts.dohUrl))
})
