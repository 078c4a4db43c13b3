import type { Dependencies } from './install.ts'
import { vite8 } from './dependencies.ts'

export interface Entry {
  /** Whose library of types its users have: none of them gets globals of another by importing it. */
  readonly realm: 'page' | 'worker' | 'node'
  /** What a program does with it. */
  readonly program: string
  /** What is installed beside the package. Default: only a compiler, for it has to do without any peer. */
  readonly dependencies?: Dependencies
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
}

/** Exports that have no types: nobody imports them as modules. */
export const notModules = ['./guardian-sw.js', './package.json']
