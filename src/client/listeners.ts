import type { AuthClient, AuthClientEvents } from './auth-client.ts'

type Emit = <Name extends keyof AuthClientEvents>(
  name: Name,
  detail: AuthClientEvents[Name],
) => void

/** Who hears what a client tells. */
export function createListeners(): { readonly on: AuthClient['on']; readonly emit: Emit } {
  const listeners = new Set<readonly [string, (detail: never) => void]>()
  return {
    on(event, listener) {
      const entry = [event, listener] as const
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    emit(name, detail) {
      for (const [wanted, listener] of listeners) {
        if (wanted === name) (listener as (heard: typeof detail) => void)(detail)
      }
    },
  }
}
