import { derived, get, type Readable } from 'svelte/store'
import { beforeEach, expect, test } from 'vitest'
import { ALICE, AuthClientInTest } from '../../e2e/unit/auth-client-in-test.ts'
import { createAuth, type AuthState } from './index.ts'

let client: AuthClientInTest

beforeEach(() => {
  client = new AuthClientInTest()
})

test('it is a store of Svelte: told at once, with every change, and not after the end', () => {
  const states: AuthState[] = []
  const end = createAuth(client).subscribe((state) => states.push(state))
  client.become(ALICE)
  end()
  client.tell({ status: 'signed-out' })
  expect(states.map(({ isSignedIn }) => isSignedIn)).toEqual([false, true])
})

test('Svelte’s own functions take it', () => {
  const auth: Readable<AuthState> = createAuth(client)
  const name = derived(auth, ({ user }) => user?.['name'] ?? 'nobody')
  const names: unknown[] = []
  const end = name.subscribe((value) => names.push(value))
  client.become(ALICE)
  end()
  expect(names).toEqual(['nobody', 'Alice'])
  expect(get(auth).session).toEqual(ALICE)
})

test('the worker is registered for the first subscriber, and not for the second', () => {
  const auth = createAuth(client)
  expect(client.calls).toEqual([])
  auth.subscribe(() => undefined)()
  auth.subscribe(() => undefined)
  expect(client.calls).toEqual(['ready'])
})
