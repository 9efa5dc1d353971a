import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { HostErrorCode } from '../errors.ts'
import { openDatabase } from './database.ts'

const dir = mkdtempSync(join(tmpdir(), 'kubedoh-database-'))
after(() => rmSync(dir, { recursive: true }))

function refusedWith(code: HostErrorCode, file: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error && 'code' in error)
    assert.equal(error.code, code)
    assert.ok(error.message.includes(file), error.message)
    assert.ok(!error.message.includes('\n'), error.message)
    return true
  }
}

describe('openDatabase', () => {
  it('creates the file and its directory for the owner only', () => {
    const file = join(dir, 'new', 'edge.db')
    openDatabase(file).close()
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.equal(statSync(join(dir, 'new')).mode & 0o777, 0o700)
  })

  it('shows the writes of one connection to another', () => {
    const file = join(dir, 'two.db')
    const one = openDatabase(file)
    const two = openDatabase(file)
    one.run('CREATE TABLE t (n INTEGER)')
    one.run('INSERT INTO t VALUES (?)', 1)
    assert.equal(two.run('SELECT n FROM t')[0]?.n, 1)
    two.run('INSERT INTO t VALUES (?)', 2)
    assert.deepEqual(
      one.run('SELECT n FROM t ORDER BY n').map((row) => row.n),
      [1, 2],
    )
    one.close()
    one.close()
    two.close()
  })

  it('throws with the path of a file that is not a database', () => {
    const file = join(dir, 'text.db')
    writeFileSync(file, 'this is a text, not a database '.repeat(100))
    assert.throws(() => openDatabase(file), refusedWith('DATABASE_INVALID', file))
  })

  it('throws with the path of a damaged database', () => {
    const file = join(dir, 'damaged.db')
    const database = openDatabase(file)
    database.run('CREATE TABLE t (text TEXT)')
    database.transaction(() => {
      for (let row = 0; row < 1_000; row++) database.run('INSERT INTO t VALUES (?)', 'x'.repeat(100))
    })
    database.close()
    writeFileSync(file, Buffer.alloc(20_000, 0xff), { flag: 'r+' })
    assert.throws(() => openDatabase(file), refusedWith('DATABASE_INVALID', file))
  })

  it('throws with the path of a directory in the place of the file', () => {
    const file = join(dir, 'directory.db')
    mkdirSync(file)
    assert.throws(() => openDatabase(file), refusedWith('DATABASE_FAILED', file))
  })

  it('throws with the path of a file that is not writable', {
    skip: process.getuid?.() === 0 && 'root may write anything',
  }, () => {
    const file = join(dir, 'denied.db')
    writeFileSync(file, '')
    chmodSync(file, 0o400)
    assert.throws(() => openDatabase(file), refusedWith('DATABASE_DENIED', file))
  })

  it('keeps every acknowledged write when the process is killed', async () => {
    const file = join(dir, 'killed.db')
    const writer = `
      import { writeSync } from 'node:fs'
      import { openDatabase } from ${JSON.stringify(join(import.meta.dirname, 'database.ts'))}
      const database = openDatabase(${JSON.stringify(file)})
      database.run('CREATE TABLE t (n INTEGER)')
      for (let n = 1; ; n++) { database.run('INSERT INTO t VALUES (?)', n); writeSync(1, n + '\\n') }`
    const child = spawn(process.execPath, ['--input-type=module', '-e', writer], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    child.stdout.on('data', (chunk) => {
      printed += String(chunk)
      if (printed.length > 5_000) child.kill('SIGKILL')
    })
    await once(child, 'close')
    const acknowledged = Number(printed.slice(0, printed.lastIndexOf('\n')).split('\n').at(-1))
    const database = openDatabase(file)
    assert.ok(acknowledged > 0)
    assert.ok(Number(database.run('SELECT max(n) AS n FROM t')[0]?.n) >= acknowledged)
    database.close()
  })
})

describe('transaction', () => {
  const numbers = (sql: ReturnType<typeof openDatabase>): unknown[] =>
    sql.run('SELECT n FROM t ORDER BY n').map((row) => row.n)
  const opened = (): ReturnType<typeof openDatabase> => {
    const sql = openDatabase(':memory:')
    sql.run('CREATE TABLE t (n INTEGER PRIMARY KEY)')
    return sql
  }

  it('returns the result of its action', () => {
    const sql = opened()
    assert.equal(
      sql.transaction(() => {
        sql.run('INSERT INTO t VALUES (1)')
        return 'done'
      }),
      'done',
    )
    assert.deepEqual(numbers(sql), [1])
  })

  it('undoes everything when its action throws', () => {
    const sql = opened()
    const failing = (): void =>
      sql.transaction(() => {
        sql.run('INSERT INTO t VALUES (1)')
        sql.run('INSERT INTO t VALUES (1)')
      })
    assert.throws(failing, /UNIQUE/)
    assert.deepEqual(numbers(sql), [])
    sql.run('INSERT INTO t VALUES (2)')
    assert.deepEqual(numbers(sql), [2])
  })

  it('undoes only an inner one that throws', () => {
    const sql = opened()
    sql.transaction(() => {
      sql.run('INSERT INTO t VALUES (1)')
      assert.throws(() =>
        sql.transaction(() => {
          sql.run('INSERT INTO t VALUES (2)')
          throw new Error('inner')
        }),
      )
      sql.transaction(() => sql.run('INSERT INTO t VALUES (3)'))
    })
    assert.deepEqual(numbers(sql), [1, 3])
  })

  it('undoes an inner one with its outer one', () => {
    const sql = opened()
    const failing = (): void =>
      sql.transaction(() => {
        sql.transaction(() => sql.run('INSERT INTO t VALUES (1)'))
        throw new Error('outer')
      })
    assert.throws(failing, /outer/)
    assert.deepEqual(numbers(sql), [])
  })

  it('refuses an asynchronous action', () => {
    const sql = opened()
    const late = (): Promise<void> =>
      sql.transaction(async () => {
        sql.run('INSERT INTO t VALUES (1)')
      })
    assert.throws(late, TypeError)
    assert.deepEqual(numbers(sql), [])
  })

  it('throws DATABASE_LOCKED while another connection writes', () => {
    const file = join(dir, 'locked.db')
    const one = openDatabase(file)
    const two = openDatabase(file)
    one.run('CREATE TABLE t (n INTEGER)')
    two.run('PRAGMA busy_timeout = 50')
    one.transaction(() => {
      one.run('INSERT INTO t VALUES (1)')
      assert.throws(() => two.transaction(() => {}), refusedWith('DATABASE_LOCKED', file))
    })
    two.transaction(() => two.run('INSERT INTO t VALUES (2)'))
    one.close()
    two.close()
  })
})
