import { act, createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, expect, test } from 'vitest'
import { AuthProvider, useAuth } from '../react/index.ts'
import { createFakeAuthClient, signedIn } from './index.ts'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
const page = document.createElement('main')
const root = createRoot(page)
afterEach(() => act(async () => root.unmount()))

function Greeting() {
  const { session, loginWithRedirect } = useAuth()
  if (session.status === 'signed-in') return createElement('p', {}, `Hello ${session.user.sub}`)
  const onClick = () => void loginWithRedirect({ returnTo: '/orders' })
  return createElement('button', { onClick }, 'Sign in')
}

test('a component shows what its fake client is told, as docs/testing.md says', async () => {
  const auth = createFakeAuthClient({ session: signedIn() })
  await act(async () => {
    root.render(createElement(AuthProvider, { client: auth }, createElement(Greeting)))
  })
  expect(page.textContent).toBe('Hello ada')

  await act(async () => auth.fake.refuse())
  await act(async () => page.querySelector('button')?.click())
  expect(auth.fake.departure).toEqual({ to: 'login', returnTo: `${location.origin}/orders` })

  await act(async () => auth.fake.comeBack())
  expect(page.textContent).toBe('Hello ada')
})
