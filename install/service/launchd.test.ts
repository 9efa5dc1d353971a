import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'plist'
import { launchdPlist, planLaunchd } from './launchd.ts'
import type { Service } from './service.ts'

const service: Service = {
  argv: ['/usr/local/bin/node', '/Users/dev/a & b/kubedoh.mjs', 'connect', '--listen', '127.0.0.1:5053'],
  urlFile: '/etc/kubedoh/connect.url',
  caFile: undefined,
  host: '127.0.0.1',
  port: 5053,
  user: { name: 'dev', uid: 501, gid: 20 },
}

test('the property list starts the stub as the user, with the file of the URL', () => {
  const [file, start] = planLaunchd(service)
  assert.ok(file?.kind === 'file' && file.path === launchdPlist && file.mode === 0o644)
  assert.deepEqual(parse(file.text), {
    Label: 'dev.kubedoh.connect',
    ProgramArguments: [...service.argv, '--url-file', service.urlFile, '--state', 'none'],
    UserName: 'dev',
    RunAtLoad: true,
    KeepAlive: true,
    ProcessType: 'Interactive',
  })
  assert.ok(start?.kind === 'command')
  assert.equal(start.run?.argv.join(' '), `launchctl bootstrap system ${launchdPlist}`)
  assert.equal(start.undo?.argv.join(' '), 'launchctl bootout system/dev.kubedoh.connect')
})

test('certificates are an option, and without a user root runs it', () => {
  const [file] = planLaunchd({ ...service, caFile: '/etc/kubedoh/connect-ca.pem', user: undefined })
  const list = file?.kind === 'file' ? (parse(file.text) as Record<string, unknown>) : {}
  assert.deepEqual((list.ProgramArguments as string[]).slice(-4, -2), ['--ca', '/etc/kubedoh/connect-ca.pem'])
  assert.equal('UserName' in list, false)
})
