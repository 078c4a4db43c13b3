import { deleteDB } from 'idb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Database } from './database.ts'
import { UserKeys } from './user-keys.ts'

const NAME = 'user-keys-in-test'
const ALICE = ['https://app.example', 'default', 'https://as.example', 'alice']

let database: Database

beforeEach(() => {
  database = new Database(NAME)
})
afterEach(async () => {
  await database.close()
  await deleteDB(NAME)
})

test('a user has the same name in every life of the worker, and every user another one', async () => {
  const name = await new UserKeys(database).of(ALICE)
  await database.close()
  expect(await new UserKeys(new Database(NAME)).of(ALICE)).toBe(name)
  const others = [
    ['https://other.example', ...ALICE.slice(1)],
    [...ALICE.slice(0, 3), 'bob'],
    [ALICE.slice(0, 3).join(), 'alice'],
  ]
  for (const other of others) expect(await new UserKeys(database).of(other)).not.toBe(name)
})

test('two workers that begin at once agree', async () => {
  const other = new Database(NAME)
  const names = await Promise.all([database, other].map((one) => new UserKeys(one).of(ALICE)))
  expect(names[0]).toBe(names[1])
  await other.close()
})

test('a name says nothing: it is made with a key that cannot be exported and goes with the database', async () => {
  const name = await new UserKeys(database).of(ALICE)
  expect(name).toMatch(/^[0-9a-f]{32}$/)
  const key = await database.run((open) => open.get('keys', 'users'))
  expect(key).toMatchObject({ extractable: false, algorithm: { name: 'HMAC' }, usages: ['sign'] })
  await database.close()
  await deleteDB(NAME)
  expect(await new UserKeys(database).of(ALICE)).not.toBe(name)
})

test('a key that could be exported is somebody else’s, and is replaced', async () => {
  const theirs = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign'])
  await database.run((open) => open.put('keys', theirs, 'users'))
  await new UserKeys(database).of(ALICE)
  const key = await database.run((open) => open.get('keys', 'users'))
  expect(key?.extractable).toBe(false)
})
