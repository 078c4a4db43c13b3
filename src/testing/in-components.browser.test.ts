import { act, createElement, useEffect, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, expect, test } from 'vitest'
import type { AuthClient } from '../client/auth-client.ts'
import { createFakeAuthClient, signedIn } from './index.ts'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
const page = document.createElement('main')
const root = createRoot(page)
afterEach(() => act(async () => root.unmount()))

function Greeting({ auth }: { readonly auth: AuthClient }) {
  const session = useSyncExternalStore(
    (changed) => auth.on('session', changed),
    () => auth.session,
  )
  useEffect(() => void auth.ready(), [auth])
  if (session.status === 'signed-in') return createElement('p', {}, `Hello ${session.user.sub}`)
  const onClick = () => void auth.loginWithRedirect({ returnTo: '/orders' })
  return createElement('button', { onClick }, 'Sign in')
}

test('a component shows what its fake client is told, as docs/testing.md says', async () => {
  const auth = createFakeAuthClient({ session: signedIn() })
  await act(async () => root.render(createElement(Greeting, { auth })))
  expect(page.textContent).toBe('Hello ada')

  await act(async () => auth.fake.refuse())
  await act(async () => page.querySelector('button')?.click())
  expect(auth.fake.departure).toEqual({ to: 'login', returnTo: `${location.origin}/orders` })

  await act(async () => auth.fake.comeBack())
  expect(page.textContent).toBe('Hello ada')
})
