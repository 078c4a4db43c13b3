import {
  act as reactAct,
  createElement as element,
  StrictMode,
  Suspense,
  type ReactNode,
} from 'react'
import { createRoot, hydrateRoot, type Root } from 'react-dom/client'
import { renderToString } from 'react-dom/server.browser'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ALICE, AuthClientInTest, failureOf } from '../../e2e/unit/auth-client-in-test.ts'
import { storeOf } from '../bindings/auth-store.ts'
import type { AuthClientOptions } from '../client/auth-client.ts'
import { AuthProvider, RequireAuth, useAuth, useSuspenseAuth, type Auth } from './index.ts'

let client: AuthClientInTest
let place: HTMLElement
let root: Root | undefined
let seen: Auth[]
let act: (work: () => Promise<unknown>) => Promise<unknown>

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  act = reactAct
  client = new AuthClientInTest()
  place = document.body.appendChild(document.createElement('div'))
  seen = []
})
afterEach(async () => {
  await act(async () => root?.unmount())
  root = undefined
  place.remove()
  vi.restoreAllMocks()
})

function Name(): ReactNode {
  const auth = useAuth()
  seen.push(auth)
  return auth.isReady ? (auth.user?.sub ?? auth.session.status) : 'waiting'
}

function SuspendedName(): ReactNode {
  const auth = useSuspenseAuth()
  seen.push(auth)
  return auth.user?.sub ?? auth.session.status
}

async function show(...children: ReactNode[]): Promise<void> {
  root ??= createRoot(place)
  await act(async () => root?.render(element(StrictMode, null, ...children)))
}

/** No worker here. What is told then comes from the browser, and not while the test acts. */
function refuseRegistration(): { readonly mock: { readonly calls: unknown[] } } {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false })
  act = (work) => Promise.resolve(work())
  return vi.spyOn(navigator.serviceWorker, 'register').mockRejectedValue(new Error('no'))
}

const inside = (...children: ReactNode[]): ReactNode =>
  element(AuthProvider, { client }, ...children)
const become = (session: AuthClientInTest['session']): Promise<unknown> =>
  act(async () => client.become(session))
const tell = (session: AuthClientInTest['session']): Promise<unknown> =>
  act(async () => client.tell(session))

/** Two renderings, two runs of each effect: what StrictMode does to find what is not safe. */
test('in StrictMode one worker is registered, whatever is mounted anew', async () => {
  const register = refuseRegistration()
  const options: AuthClientOptions = { workerUrl: '/strict-sw.js' }
  const provider = (): ReactNode =>
    element(AuthProvider, { options: { ...options } }, element(Name), element(Name))
  await show(provider())
  await expect.poll(() => seen.at(-1)?.error?.code).toBe('worker-registration-failed')
  await act(async () => root?.unmount())
  root = undefined
  await show(provider())
  await expect.poll(() => place.textContent).toBe('unprotectedunprotected')
  expect(register).toHaveBeenCalledTimes(1)
})

test('components show who is signed in, and every change', async () => {
  await show(inside(element(Name)))
  expect(place.textContent).toBe('waiting')
  await become({ status: 'signed-out' })
  expect(place.textContent).toBe('signed-out')
  await tell(ALICE)
  expect(place.textContent).toBe('alice')
})

test('nobody listens twice, and what was unmounted is not rendered again', async () => {
  for (const _time of [1, 2, 3]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await show(inside(element(Name)))
    // oxlint-disable-next-line no-await-in-loop
    await show()
  }
  expect([client.listening('session'), client.listening('error')]).toEqual([1, 1])
  const before = seen.length
  await become(ALICE)
  expect(seen).toHaveLength(before)
})

test('the calls are the same ones at every rendering, and so is the value between changes', async () => {
  await show(inside(element(Name)))
  await become(ALICE)
  const before = seen.at(-1)
  await show(inside(element(Name)))
  expect(seen.at(-1)).toBe(before)
  for (const name of ['loginWithRedirect', 'logout', 'on'] as const)
    expect(seen.at(-1)?.[name]).toBe(seen[0]?.[name])
})

test('a component in a boundary waits once, also when the provider is inside of it', async () => {
  const name = element(SuspendedName)
  await show(element(Suspense, { fallback: 'suspended' }, inside(name, element(SuspendedName))))
  expect(place.textContent).toBe('suspended')
  // Retries before it is known must not begin anew.
  await show(element(Suspense, { fallback: 'still' }, inside(name, element(SuspendedName))))
  expect(place.textContent).toBe('still')
  await become(ALICE)
  expect(place.textContent).toBe('alicealice')
  expect(client.calls).toEqual(['ready'])
  expect(seen.every(({ isReady }) => isReady)).toBe(true)
  await tell({ status: 'signed-out' })
  expect(place.textContent).toBe('signed-outsigned-out')
})

test('a client made of options outlives a rendering that was thrown away', async () => {
  const register = refuseRegistration()
  const App = (): ReactNode =>
    element(AuthProvider, { options: { workerUrl: '/suspended-sw.js' } }, element(SuspendedName))
  await show(element(Suspense, { fallback: 'suspended' }, element(App)))
  await expect.poll(() => place.textContent).toBe('unprotected')
  expect(register).toHaveBeenCalledTimes(1)
})

test('what a server rendered is taken over without a difference, also when more is known already', async () => {
  const app = inside(element(RequireAuth, { fallback: element(Name) }, element(Name)))
  place.innerHTML = renderToString(element(StrictMode, null, app))
  expect(place.textContent).toBe('waiting')
  client.become(ALICE)
  await storeOf(client).start()
  const recovered: unknown[] = []
  await act(async () => {
    root = hydrateRoot(place, element(StrictMode, null, app), {
      onRecoverableError: (error) => recovered.push(error),
    })
  })
  expect(place.textContent).toBe('alice')
  expect(recovered).toEqual([])
})

const guarded = (login: boolean | { prompt: string }): ReactNode =>
  inside(
    element(
      RequireAuth,
      { login, fallback: ({ error }) => error?.code ?? 'please wait' },
      element(Name),
    ),
  )

test('RequireAuth shows its children to who is signed in, and begins nothing by itself', async () => {
  await show(guarded(false))
  expect(place.textContent).toBe('please wait')
  await become({ status: 'signed-out' })
  expect(place.textContent).toBe('please wait')
  await tell(ALICE)
  expect(place.textContent).toBe('alice')
  expect(client.logins).toEqual([])
})

test('RequireAuth begins one sign-in in StrictMode, with the options that it was given', async () => {
  await show(guarded({ prompt: 'login' }), guarded({ prompt: 'login' }))
  await become({ status: 'signed-out' })
  expect(client.logins).toEqual([{ prompt: 'login' }])
  await show(guarded({ prompt: 'login' }), guarded({ prompt: 'login' }))
  expect(client.logins).toHaveLength(1)
})

test('RequireAuth does not go round in circles when a sign-in fails', async () => {
  await show(guarded(true))
  await act(async () => client.fail('access-denied'))
  await become({ status: 'signed-out' })
  expect(place.textContent).toBe('access-denied')
  expect(client.logins).toEqual([])
})

test('RequireAuth shows why a sign-in could not begin', async () => {
  client.refusal = failureOf('login-in-frame')
  await show(guarded(true))
  await become({ status: 'signed-out' })
  await expect.poll(() => place.textContent).toBe('login-in-frame')
  expect(client.calls.filter((call) => call === 'loginWithRedirect')).toHaveLength(1)
})

test('RequireAuth does not sign in again whoever signs out', async () => {
  await show(guarded(true))
  await become(ALICE)
  await act(() => seen.at(-1)?.logout() ?? Promise.reject(new Error('not rendered')))
  expect(place.textContent).toBe('please wait')
  expect(client.logins).toEqual([])
})

test('RequireAuth begins anew when the browser’s back button brings the page back', async () => {
  await show(guarded(true))
  await become({ status: 'signed-out' })
  const pageShow = (persisted: boolean): boolean =>
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted }))
  await act(async () => pageShow(false))
  expect(client.logins).toHaveLength(1)
  await act(async () => pageShow(true))
  expect(client.logins).toHaveLength(2)
  await tell(ALICE)
  await act(async () => pageShow(true))
  expect(client.logins).toHaveLength(2)
})

test('a component without a provider says what is missing', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  await expect(show(element(Name))).rejects.toThrow('<AuthProvider>')
})
