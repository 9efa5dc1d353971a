import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, statusError } from './ask-edge.ts'

test('the body of a response with the expected media type', () => {
  const bytes = Uint8Array.of(1)
  assert.equal(bodyOf({ status: 200, mediaType: 'application/json', bytes }, 'application/json'), bytes)
  assert.throws(() => bodyOf({ status: 200, mediaType: 'text/html', bytes }, 'application/json'), {
    code: 'EDGE_ANSWER',
    message: /text\/html.*portal/,
  })
})

test('every other status is an error that says what to do', () => {
  const codes = [301, 401, 403, 404, 429, 500, 503].map((status) => statusError(status).code)
  assert.deepEqual(codes, [
    'EDGE_STATUS',
    'EDGE_REFUSED',
    'EDGE_REFUSED',
    'EDGE_REFUSED',
    'EDGE_LIMITED',
    'EDGE_STATUS',
    'EDGE_NOT_READY',
  ])
  assert.match(statusError(404).message, /token is not valid.*get a new URL/)
  assert.match(statusError(302).message, /redirects are not followed/)
})
