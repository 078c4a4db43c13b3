import { environment } from '../fixtures/environment.ts'
import { ApiControl, AuthorizationServerControl, ServerControl } from '../fixtures/control.ts'
import type { Topology } from '../fixtures/topologies.ts'
import type { EngineName, OpenTab } from '../engines/session.ts'

/** Where the cells of the matrix run: one app in one browser, whose session goes from cell to cell. */
export interface World {
  readonly engine: EngineName
  readonly topology: Topology
  /** On `/client.html` of the app: here the steps happen. */
  readonly tab: OpenTab
  /** The same in another tab, which stays. */
  readonly other: OpenTab
  readonly appOrigin: string
  readonly apiOrigin: string
  readonly as: AuthorizationServerControl
  readonly api: ApiControl
  /** Host of the guardian: the vault, or the app itself. */
  readonly guardian: ServerControl
  /** A page of the guardian's origin: that other tab, or with a vault its frame in it or another tab. */
  readonly guardianPage: Pick<OpenTab, 'evaluate' | 'waitFor'>
  /** What only the driver of Chromium can do. */
  readonly insides?: Insides
  readonly close: () => Promise<void>
}

export interface Insides {
  /** Ends the guardian's worker, whatever it is doing. */
  readonly killWorker: () => Promise<void>
  /** Moves the guardian's clock by seconds from the real one. */
  readonly moveClock: (offsetSeconds: number) => Promise<void>
  /** Closes the guardian's connections to its database behind its back. */
  readonly closeDatabases: () => Promise<void>
  /** Ends what {@link closeDatabases} began, where it was not noticed. */
  readonly leaveDatabases: () => Promise<void>
  /** What the guardian's origin may store from now on, in bytes; `undefined` is as much as usual. */
  readonly limitStorage: (bytes: number | undefined) => Promise<void>
}

/** The servers and origins of a topology's build for this matrix. */
export function placeOf(
  topology: Topology,
): Pick<World, 'topology' | 'appOrigin' | 'apiOrigin' | 'as' | 'api' | 'guardian'> {
  const { appOrigins, vaultOrigins, asOrigin, apiOrigin } = environment()
  const appOrigin = appOrigins[topology].faults
  return {
    topology,
    appOrigin,
    apiOrigin,
    as: new AuthorizationServerControl(asOrigin),
    api: new ApiControl(apiOrigin),
    guardian: new ServerControl(topology === 'vault' ? vaultOrigins.faults : appOrigin),
  }
}
