import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, test } from 'node:test'
import { chooseCluster } from './cluster-choice.ts'

const home = mkdtempSync(join(tmpdir(), 'kubedoh-home-'))
after(() => rmSync(home, { recursive: true }))
mkdirSync(join(home, '.kube'))
writeFileSync(join(home, '.kube', 'config'), '')

const none = { kubeconfig: undefined, context: undefined }
const inPod = { KUBERNETES_SERVICE_HOST: '10.96.0.1' }
const KUBECONFIG = ['/a', '', '/b', '/a'].join(delimiter)

test('--kubeconfig comes before KUBECONFIG, KUBECONFIG before --context, --context before the pod', () => {
  const context = 'dev'
  assert.deepEqual(chooseCluster({ kubeconfig: '/f', context }, { env: { KUBECONFIG, ...inPod }, home }), {
    location: { kubeconfig: '/f', context },
    by: '--kubeconfig',
  })
  assert.deepEqual(chooseCluster({ ...none, context }, { env: { KUBECONFIG, ...inPod }, home }), {
    location: { kubeconfig: ['/a', '/b'], context },
    by: 'KUBECONFIG',
  })
  assert.deepEqual(chooseCluster({ ...none, context }, { env: inPod, home }), {
    location: { kubeconfig: join(home, '.kube', 'config'), context },
    by: '--context',
  })
  assert.deepEqual(chooseCluster(none, { env: inPod, home }), { location: 'in-cluster', by: 'the pod' })
})

test('~/.kube/config alone chooses no cluster', () => {
  assert.equal(chooseCluster(none, { env: { KUBECONFIG: '' }, home }), undefined)
})

test('--context without any kubeconfig is an error', () => {
  assert.throws(() => chooseCluster({ ...none, context: 'dev' }, { env: {}, home: '/nowhere' }), {
    code: 'USAGE',
    message: /there is no kubeconfig \/nowhere\/\.kube\/config/,
  })
})
