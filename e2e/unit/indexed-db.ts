import { deferred } from './deferred.ts'

/** What script of a page does with the database, for tests in a browser. */

export function done<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('failed'))
  })
}

/**
 * Keeps an upgrade running, for which every other connection has to wait.
 * @returns a function that ends it, and gives the connection
 */
export async function holdUpgrade(
  name: string,
  version: number,
): Promise<() => Promise<IDBDatabase>> {
  const started = deferred()
  let held = true
  const request = indexedDB.open(name, version)
  request.onupgradeneeded = () => {
    const rows = request.result.createObjectStore('newer')
    const again = (): void => {
      if (held) rows.get('x').onsuccess = again
    }
    again()
    started.resolve()
  }
  const opened = done(request)
  await started.promise
  return () => {
    held = false
    return opened
  }
}
