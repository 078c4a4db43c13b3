import type { Dependencies } from './install.ts'
import { forTests, vite8 } from './dependencies.ts'

export interface Entry {
  /** Whose library of types its users have: none of them gets globals of another by importing it. */
  readonly realm: 'page' | 'worker' | 'node'
  /** What a program does with it. */
  readonly program: string
  /** What is installed beside the package. Default: only a compiler, for it has to do without any peer. */
  readonly dependencies?: Dependencies
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
  './vite': {
    realm: 'node',
    dependencies: vite8,
    program: `
import { tokenGuardian } from 'token-guardian/vite'
import { defineConfig } from 'vite'
export default defineConfig({ plugins: [tokenGuardian(${CONFIG})] })`,
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
