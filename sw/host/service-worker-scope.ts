/**
 * Where nobody declares it anew, TypeScript's library calls `self` a `WorkerGlobalScope`, in a worker of any kind.
 * @throws TypeError when it is not a service worker's
 */
export function serviceWorkerScope(self: WorkerGlobalScope): ServiceWorkerGlobalScope {
  if (isServiceWorker(self)) return self
  throw new TypeError('The guardian runs in service workers only')
}

function isServiceWorker(self: WorkerGlobalScope): self is ServiceWorkerGlobalScope {
  return 'clients' in self
}
