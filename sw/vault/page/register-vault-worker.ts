const SCRIPT = '/guardian-sw.js'
/** Milliseconds until a worker is active. */
const DEADLINE_MS = 20_000

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): unknown }
}

/** Registers the vault's worker and waits until one is active. Offline, the one that is there will do. */
export async function registerVaultWorker(): Promise<ServiceWorkerRegistration> {
  const { serviceWorker } = navigator
  const registration = await serviceWorker
    .register(trusted(SCRIPT), { scope: '/', updateViaCache: 'none' })
    .catch(() => serviceWorker.getRegistration('/'))
  if (registration === undefined) throw new Error('The vault’s worker could not be registered')
  const worker = registration.active ?? registration.waiting ?? registration.installing
  if (worker) await Promise.race([becomesActive(worker), deadline()])
  return registration
}

/** Not `ready`: that may be true of a registration that the browser has removed since. */
function becomesActive(worker: ServiceWorker): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (worker.state === 'activated' || worker.state === 'activating') resolve()
      if (worker.state === 'redundant') reject(new Error('The vault’s worker did not install'))
    }
    worker.addEventListener('statechange', look)
    look()
  })
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined

/** The vault's policy asks for Trusted Types, and a worker's URL is one of them. This is the only one that is ever made. */
function trusted(url: string): string {
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes }
  policy ??= trustedTypes?.createPolicy('token-guardian', {
    createScriptURL: (script) => {
      if (script === SCRIPT) return script
      throw new TypeError('No other script')
    },
  })
  return (policy?.createScriptURL(url) ?? url) as string
}

function deadline(): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error('The vault’s worker did not become active')), DEADLINE_MS)
  })
}
