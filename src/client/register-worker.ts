// By this name, for by the package's own Node finds a CommonJS file, and could not load what a server renders or a test imports.
import { Workbox } from 'workbox-window/build/workbox-window.prod.es5.mjs'
import { clientError } from './ask-guardian.ts'

export interface WorkerOptions {
  /** URL of the script in which `installGuardian` is called. Default `/sw.js`. */
  readonly workerUrl?: string
  /** Default `classic`. */
  readonly workerType?: WorkerType
  /** Default: the folder of the script. */
  readonly scope?: string
}

/** Milliseconds for a version that was told to take over: it waits for what is under way, and for streams a minute. */
const TAKE_OVER_MS = 90_000

/**
 * Registers the worker and waits until one is active.
 * @param onWaiting called with a newer version that waits for the pages of the old one to close
 * @throws AuthError `worker-unsupported`, `worker-registration-failed`, `worker-install-failed`
 */
export async function registerWorker(
  { workerUrl = '/sw.js', workerType, scope }: WorkerOptions,
  onWaiting: (worker: ServiceWorker) => void,
): Promise<ServiceWorkerRegistration> {
  // Some browsers leave the property out in insecure contexts and private windows.
  if (!('serviceWorker' in navigator)) {
    throw clientError('worker-unsupported', 'No service workers here: serve the app over https')
  }
  const registration = await register(workerUrl, onWaiting, {
    ...(workerType && { type: workerType }),
    ...(scope && { scope }),
  })
  const worker = registration.active ?? registration.waiting ?? registration.installing
  if (!worker || !(await becomesActive(worker))) {
    throw clientError('worker-install-failed', 'The worker did not install; see its console')
  }
  return registration
}

/**
 * Lets a waiting version take over, in the word that Workbox has for it. One that replaced it in the meantime is as good.
 * @throws AuthError `worker-unresponsive`
 */
export async function takeOver(known: ServiceWorker): Promise<void> {
  const worker = (await navigator.serviceWorker.getRegistration())?.waiting ?? known
  worker.postMessage({ type: 'SKIP_WAITING' })
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), TAKE_OVER_MS))
  if (await Promise.race([becomesActive(worker), late])) return
  throw clientError('worker-unresponsive', 'The new version did not take over in time', true)
}

async function register(
  workerUrl: string,
  onWaiting: (worker: ServiceWorker) => void,
  options: RegistrationOptions,
): Promise<ServiceWorkerRegistration> {
  let reason: unknown
  try {
    const workbox = new Workbox(workerUrl, options)
    workbox.addEventListener('waiting', ({ sw }) => sw && onWaiting(sw))
    const registration = await workbox.register({ immediate: true })
    if (registration) return registration
  } catch (error) {
    reason = error
    // An active worker goes on working when its script cannot be loaded now.
    const known = await navigator.serviceWorker.getRegistration(options.scope ?? workerUrl)
    if (known?.active?.scriptURL === new URL(workerUrl, location.href).href) return known
  }
  throw clientError(
    'worker-registration-failed',
    `${workerUrl} could not be registered, see its console: ${String(reason)}`,
  )
}

function becomesActive(worker: ServiceWorker): Promise<boolean> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (worker.state === 'activated') resolve(true)
      if (worker.state === 'redundant') resolve(false)
    }
    worker.addEventListener('statechange', check)
    check()
  })
}
