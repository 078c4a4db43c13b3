/** What happens to the guardian's database. Each runs in a page of its origin, and is sent there as text. */

declare global {
  interface Window {
    /** Ends what {@link block} began. */
    endBlocking?: () => Promise<void>
  }
}

/** A connection that does not give way to an upgrade, which waits for it. Everyone who opens the database waits for both. */
export async function block(): Promise<void> {
  const opened = (request: IDBOpenDBRequest): Promise<IDBDatabase> =>
    new Promise((resolve, reject) => {
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(request.error!))
    })
  const stubborn = await opened(indexedDB.open('token-guardian'))
  const upgrade = indexedDB.open('token-guardian', stubborn.version + 1)
  const over = opened(upgrade).catch(() => undefined)
  upgrade.addEventListener('upgradeneeded', () => upgrade.transaction?.abort())
  window.endBlocking = async () => {
    stubborn.close()
    await over
  }
}

export async function unblock(): Promise<void> {
  await window.endBlocking?.()
}

/** Whether a session is on disk. */
export async function hasSession(): Promise<boolean> {
  const open = indexedDB.open('token-guardian')
  await new Promise((resolve, reject) => {
    open.addEventListener('success', resolve)
    open.addEventListener('error', () => reject(open.error!))
  })
  const database = open.result
  const count = database.transaction('sessions').objectStore('sessions').count()
  await new Promise((resolve, reject) => {
    count.addEventListener('success', resolve)
    count.addEventListener('error', () => reject(count.error!))
  })
  database.close()
  return count.result > 0
}

/** Every session's row is no longer what the guardian wrote. */
export async function damage(): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('token-guardian')
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error!))
  })
  const transaction = database.transaction('sessions', 'readwrite')
  const request = transaction.objectStore('sessions').openCursor()
  request.addEventListener('success', () => {
    const cursor = request.result
    if (!cursor) return
    cursor.update({ ...(cursor.value as object), sealed: new Uint8Array(32) })
    cursor.continue()
  })
  await new Promise<void>((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error!))
  })
  database.close()
}

export function remove(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase('token-guardian')
    request.addEventListener('success', () => resolve())
    request.addEventListener('error', () => reject(request.error!))
  })
}

/** As by a newer guardian: others have to close, and open again what has another version then. */
export async function upgrade(): Promise<void> {
  const open = (version?: number): Promise<IDBDatabase> =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open('token-guardian', version)
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(request.error!))
    })
  const before = await open()
  const { version } = before
  before.close()
  const after = await open(version + 1)
  after.close()
}
