import { expect, test } from 'vitest'
import { AuthClientInTest } from '../../e2e/unit/auth-client-in-test.ts'
import { createAuth } from '../svelte/index.ts'
import { storeOf } from './auth-store.ts'
import { clientOf } from './client-of.ts'

// In Node there is no document.
test('on a server a client can be made, and nothing is started', () => {
  expect(clientOf({ workerUrl: '/sw.js' })).toBe(clientOf({ workerUrl: '/sw.js' }))
  const client = new AuthClientInTest()
  storeOf(client).subscribe(() => undefined)()
  expect(client.calls).toEqual([])
})

test('a server renders that nothing is known yet', () => {
  let seen: unknown
  createAuth().subscribe((state) => (seen = state))
  expect(seen).toMatchObject({ isReady: false, isSignedIn: false, user: null })
})
