import type { AuthorizationServerOptions } from './authorization-server.ts'
import { startApiServer, type ApiServerOptions } from './api-server.ts'
import { startAppServer } from './app-server.ts'
import { startAuthorizationServer } from './authorization-server.ts'
import {
  listenOnLoopback,
  type Certificate,
  type Listener,
  type ListenerOptions,
} from '../../src/testing/server/listener.ts'
import { startVaultServer } from './vault-server.ts'
import type { Protections } from './app-headers.ts'
import type { RunningServer } from './running-server.ts'

export interface BackendOptions {
  readonly appOrigins: readonly string[]
  /** 0 takes any free port; so for all ports here. Default 0. */
  readonly asPort?: number
  readonly apiPort?: number
  /** Default 60. */
  readonly accessTokenSeconds?: number
  readonly authorizationServer?: Partial<AuthorizationServerOptions>
  readonly api?: Partial<ApiServerOptions>
  /** Serves both on https with it; for {@link startBackend} only. */
  readonly certificate?: Certificate
}

export interface StartOptions extends Omit<BackendOptions, 'appOrigins' | 'certificate'> {
  readonly appPort?: number
  /** Folder of the production build. */
  readonly root: string
  readonly protections?: Partial<Protections>
  /** More origins that the app's Content-Security-Policy lets it connect to. */
  readonly connectOrigins?: readonly string[]
  /** More app origins that both servers know, such as a vault. */
  readonly otherAppOrigins?: readonly string[]
  /** Serve a vault as well, and let the authorization server know it instead of the app. */
  readonly vault?: { readonly port?: number; readonly root: string }
}

export interface Backend {
  readonly authorizationServer: RunningServer
  readonly api: RunningServer
  close(): Promise<void>
}

export interface RunningServers extends Backend {
  readonly app: RunningServer
  readonly vault?: RunningServer
}

/** Starts the authorization server and the API for apps that somebody else serves. */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  const { asPort = 0, apiPort = 0, certificate } = options
  const listeners = await bindAll([asPort, apiPort], { certificate })
  return serveBackend(options, listeners)
}

/** Starts the authorization server, the API and the app's static host; they know of each other. */
export async function startServers(options: StartOptions): Promise<RunningServers> {
  const listeners = await bindAll([
    options.asPort ?? 0,
    options.apiPort ?? 0,
    options.appPort ?? 0,
    ...(options.vault ? [options.vault.port ?? 0] : []),
  ])
  const [, , appListener, vaultListener] = listeners
  if (appListener === undefined) throw new Error('unreachable')
  const guardian = vaultListener ?? appListener
  const appOrigins = [guardian.origin, ...(options.otherAppOrigins ?? [])]
  const backend = await serveBackend({ ...options, appOrigins }, listeners)
  const vault =
    options.vault && vaultListener
      ? await startVaultServer({ port: vaultListener, root: options.vault.root })
      : undefined
  const app = await startAppServer({
    port: appListener,
    root: options.root,
    apiOrigin: backend.api.origin,
    issuer: backend.authorizationServer.origin,
    vaultOrigin: vault?.origin,
    ...(options.connectOrigins === undefined ? {} : { connectOrigins: options.connectOrigins }),
    ...(options.protections === undefined ? {} : { protections: options.protections }),
  })
  return {
    ...backend,
    app,
    ...(vault ? { vault } : {}),
    async close() {
      await Promise.all([backend.close(), app.close(), vault?.close()])
    },
  }
}

async function serveBackend(
  options: BackendOptions,
  listeners: readonly Listener[],
): Promise<Backend> {
  const [asListener, apiListener] = listeners
  if (asListener === undefined || apiListener === undefined) throw new Error('unreachable')
  const { appOrigins } = options
  const authorizationServer = await startAuthorizationServer({
    port: asListener,
    appOrigins,
    apiOrigin: apiListener.origin,
    accessTokenSeconds: options.accessTokenSeconds ?? 60,
    ...options.authorizationServer,
  })
  const api = await startApiServer({
    port: apiListener,
    issuer: authorizationServer.origin,
    appOrigins,
    issuerCa: options.certificate?.cert,
    ...options.api,
  })
  return {
    authorizationServer,
    api,
    async close() {
      await Promise.all([authorizationServer.close(), api.close()])
    },
  }
}

/** All or none: ports that were already bound are let go when a later one is taken. */
async function bindAll(ports: readonly number[], options?: ListenerOptions): Promise<Listener[]> {
  const bound: Listener[] = []
  try {
    for (const port of ports) bound.push(await listenOnLoopback(port, options))
    return bound
  } catch (error) {
    await Promise.all(bound.map((listener) => listener.close()))
    throw error
  }
}
