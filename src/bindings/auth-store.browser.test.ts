import { beforeEach, expect, test } from 'vitest'
import { ALICE, AuthClientInTest, failureOf } from '../../e2e/unit/auth-client-in-test.ts'
import { storeOf } from './auth-store.ts'

let client: AuthClientInTest
const store = (): ReturnType<typeof storeOf> => storeOf(client)

beforeEach(() => {
  client = new AuthClientInTest()
})

test('nothing is started before somebody listens, and then once, however many there are', async () => {
  store().get()
  expect(client.calls).toEqual([])
  const ends = [1, 2, 3].map(() => store().subscribe(() => undefined))
  for (const end of ends) end()
  store().subscribe(() => undefined)
  expect(client.calls).toEqual(['ready'])
  expect([client.listening('session'), client.listening('error')]).toEqual([1, 1])
})

test('the promise of a start is the same one at every call', async () => {
  const starting = store().start()
  expect(store().start()).toBe(starting)
  client.become(ALICE)
  await starting
  expect(store().start()).toBe(starting)
  expect(store().get()).toMatchObject({ isReady: true, isSignedIn: true, user: ALICE.user })
})

test('a state is one object until something changes', async () => {
  let changes = 0
  store().subscribe(() => (changes += 1))
  expect(store().get()).toBe(store().get())
  client.become({ status: 'signed-out' })
  await store().start()
  const before = store().get()
  changes = 0
  client.tell(ALICE)
  expect(changes).toBe(1)
  expect(store().get()).not.toBe(before)
  expect(store().get()).toBe(store().get())
})

test('whoever unsubscribed hears nothing more, and others go on', async () => {
  const heard: string[] = []
  const both = ['one', 'two'].map((name) => store().subscribe(() => heard.push(name)))
  both[0]?.()
  client.tell(ALICE)
  expect(heard).toEqual(['two'])
})

test('a client that is known already needs no waiting', () => {
  client.become(ALICE)
  expect(store().get()).toMatchObject({ isReady: true, isSignedIn: true })
})

test('the error of a redirect stays until the next sign-in, also for who stayed signed in', async () => {
  store().subscribe(() => undefined)
  const error = client.fail('login-required')
  client.become(ALICE)
  await store().start()
  expect(store().get().error).toBe(error)
  client.tell({ status: 'signed-out' })
  expect(store().get().error).toBe(error)
  client.tell(ALICE)
  expect(store().get().error).toBeNull()
})

test('the calls are those of the client, and the same ones for good', async () => {
  const { loginWithPopup } = store().methods
  expect(storeOf(client).methods).toBe(store().methods)
  await loginWithPopup({ prompt: 'login' })
  expect(client.logins).toEqual([{ prompt: 'login' }])
})

test('a failure that nobody catches is told to all', () => {
  const error = failureOf('login-in-frame')
  let told = 0
  store().subscribe(() => (told += 1))
  store().fail(error)
  expect([told, store().get().error]).toEqual([1, error])
})
