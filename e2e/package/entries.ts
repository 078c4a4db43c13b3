import type { Dependencies } from './install.ts'
import { forTests, frameworks, vite8 } from './dependencies.ts'

export interface Entry {
  /** Whose library of types its users have: none of them gets globals of another by importing it. */
  readonly realm: 'page' | 'worker' | 'node'
  /** What a program does with it. */
  readonly program: string
  /** What is installed beside the package. Default: only a compiler, for it has to do without any peer. */
  readonly dependencies?: Dependencies
  /** It is made of this package alone. */
  readonly importsNothing?: boolean
}

const CONFIG = `{
  topology: 'same-origin',
  clients: { issuer: 'https://id.example.com', clientId: 'my-app' },
  resources: [{ url: 'https://api.example.com/v1/' }],
}`

/** What may be imported, by its name in the package's `exports`. */
export const entries: Readonly<Record<string, Entry>> = {
  '.': {
    realm: 'page',
    program: `
import { createAuthClient, isAuthError, type AuthClient, type Session } from 'token-guardian'
const client: AuthClient = createAuthClient({ workerUrl: '/sw.js' })
export const session: Session = await client.ready()
export const codeOf = (error: unknown): string => (isAuthError(error) ? error.code : '')`,
  },
  './worker': {
    realm: 'worker',
    program: `
import { installGuardian, type Guardian, type GuardianConfig } from 'token-guardian/worker'
declare const self: ServiceWorkerGlobalScope
const config: GuardianConfig = ${CONFIG}
export const guardian: Guardian = installGuardian(self, config)`,
  },
  './workbox': {
    realm: 'worker',
    dependencies: vite8,
    program: `
import { ReplayQueue } from 'token-guardian/workbox'
import { installGuardian } from 'token-guardian/worker'
declare const self: ServiceWorkerGlobalScope
export const queue: ReplayQueue = new ReplayQueue(installGuardian(self, ${CONFIG}), 'outbox')`,
  },
  './panel': {
    realm: 'page',
    program: `
import { createAuthClient } from 'token-guardian'
import { mountPanel, type Finding, type TokenGuardianPanel } from 'token-guardian/panel'
const findings: Finding[] = [{ level: 'warning', what: 'No HSTS', change: 'add the header' }]
export const panel: TokenGuardianPanel | undefined = mountPanel(createAuthClient(), { findings })`,
  },
  './react': {
    realm: 'page',
    dependencies: frameworks,
    program: `
import { createElement, type ReactNode } from 'react'
import { AuthProvider, RequireAuth, useAuth, useSuspenseAuth, type Auth } from 'token-guardian/react'
const Name = (): ReactNode => String(useAuth().user?.['name'])
export const useCalls = (): Pick<Auth, 'logout'> => useSuspenseAuth()
export const app: ReactNode = createElement(
  AuthProvider,
  { options: { workerUrl: '/sw.js' } },
  createElement(RequireAuth, { login: true, fallback: ({ error }) => error?.code }, createElement(Name)),
)
// @ts-expect-error No page has a token.
export const token = (auth: Auth): unknown => auth.getAccessToken()`,
  },
  './vue': {
    realm: 'page',
    dependencies: frameworks,
    program: `
import { createApp, type ComputedRef } from 'vue'
import { createAuth, useAuth } from 'token-guardian/vue'
const auth = createAuth({ workerUrl: '/sw.js' })
createApp({}).use(auth)
export const isSignedIn: ComputedRef<boolean> = auth.isSignedIn
export const useLogout = (): (() => Promise<void>) => useAuth().logout
// @ts-expect-error The refs are to read only.
auth.user.value = null`,
  },
  './svelte': {
    realm: 'page',
    dependencies: frameworks,
    program: `
import { derived, type Readable } from 'svelte/store'
import { createAuth, type Auth } from 'token-guardian/svelte'
const auth: Readable<Auth> = createAuth({ workerUrl: '/sw.js' })
export const name: Readable<unknown> = derived(auth, ({ user }) => user?.['name'])`,
  },
  './compat/oidc-client-ts': {
    realm: 'page',
    program: `
import { UserManager, type User } from 'token-guardian/compat/oidc-client-ts'
const settings = { authority: 'https://id.example.com', client_id: 'my-app' }
const manager = new UserManager(settings)
manager.events.addUserLoaded((user: User) => void user.profile.sub)
export const user: User | null = await manager.getUser()
// @ts-expect-error It has to go.
export const secret = new UserManager({ ...settings, client_secret: 'x' })`,
  },
  './compat/auth0-spa-js': {
    realm: 'page',
    program: `
import { createAuth0Client, type User } from 'token-guardian/compat/auth0-spa-js'
const options = { domain: 'id.example.com', clientId: 'my-app', authorizationParams: { scope: 'profile' } }
const auth0 = await createAuth0Client(options)
await auth0.loginWithRedirect({ appState: { target: '/orders' } })
export const user: User | undefined = await auth0.getUser()
// @ts-expect-error It has to go.
export const cached = await createAuth0Client({ ...options, cacheLocation: 'localstorage' })`,
  },
  './vite': {
    realm: 'node',
    dependencies: vite8,
    program: `
import { tokenGuardian } from 'token-guardian/vite'
import { defineConfig } from 'vite'
export default defineConfig({ plugins: [tokenGuardian(${CONFIG})] })`,
  },
  './doctor': {
    realm: 'page',
    importsNothing: true,
    program: `
import { createAuthClient } from 'token-guardian'
import { checkFromPage, watchDeployment, type Finding, type Result } from 'token-guardian/doctor'
export const results: readonly Result[] = await checkFromPage({ workerUrl: '/sw.js' })
export const end: () => void = watchDeployment(createAuthClient(), ({ id }: Finding) => void id)`,
  },
  './testing': {
    realm: 'page',
    importsNothing: true,
    program: `
import type { AuthClient } from 'token-guardian'
import { createFakeAuthClient, signedIn, type FakeAuthClient } from 'token-guardian/testing'
export const fake: FakeAuthClient = createFakeAuthClient({ session: signedIn() })
export const client: AuthClient = fake`,
  },
  './testing/server': {
    realm: 'node',
    dependencies: forTests,
    program: `
import { devServerFor, startDevServer, type DevServer } from 'token-guardian/testing/server'
export const server: DevServer = await startDevServer(devServerFor(${CONFIG}))`,
  },
  './testing/playwright': {
    realm: 'node',
    dependencies: forTests,
    program: `
import { test } from 'token-guardian/testing/playwright'
test('signs in', async ({ page, signIn }) => {
  await signIn('ada')
  await page.goto('/')
})`,
  },
}

/** Exports that have no types: nobody imports them as modules. */
export const notModules = ['./guardian-sw.js', './package.json']
