#!/usr/bin/env node
/*
 * Starts the command on a Node that can run it: this one, or the one that npm installed with kubedoh. This file must
 * parse on every Node since 14, because it also reports that a Node is too old.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const needed = engines.node.replace(/^>=/, '')

// Bun calls itself an older Node than it can stand for.
if (process.versions.bun !== undefined || isNewEnough(process.versions.node)) await import('./main.ts')
else startWith(installedNode())

/** Is this version, such as '20.20.2', at least the one that package.json requires? */
function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  const [neededMajor, neededMinor = 0] = needed.split('.').map(Number)
  return major > neededMajor || (major === neededMajor && minor >= neededMinor)
}

/** The Node that npm installed as an optional dependency; undefined on platforms without one. */
function installedNode() {
  try {
    return createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`)
  } catch {
    return undefined
  }
}

/** Ends the process with one line that says which Node is needed. */
function refuse(reason = '') {
  console.error(
    `kubedoh: needs Node ${needed} or later, this is ${process.versions.node}${reason}; install it from https://nodejs.org`,
  )
  process.exit(2)
}

function startWith(node) {
  if (node === undefined) refuse()
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  // The installed Node needs glibc, so it does not start on Alpine and the like.
  child.on('error', ({ message }) => refuse(`, and ${node} does not start (${message})`))
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]))
}
