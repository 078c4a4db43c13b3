import { done } from '../indexed-db.ts'

/** A database as a guardian of one version of the schema left it. */
export interface SchemaFixture {
  readonly version: number
  /** Its stores by name, with what their keys are made from. */
  readonly stores: Readonly<Record<string, StoreShape>>
  /** What it stored, to the byte. Only keys, which nobody can write down, are made from what stands for them. */
  readonly rows: () => Promise<Readonly<Record<string, readonly FixtureRow[]>>>
}

export interface StoreShape {
  readonly keyPath: string | null
  readonly autoIncrement: boolean
  readonly indexes: readonly string[]
}

interface FixtureRow {
  readonly value: unknown
  /** Where the store's keys are not in its rows. */
  readonly key?: string
}

/** Makes the database of that name what the fixture says. */
export async function restore(
  name: string,
  { version, stores, rows }: SchemaFixture,
): Promise<void> {
  const request = indexedDB.open(name, version)
  request.onupgradeneeded = () => {
    for (const [store, { keyPath, autoIncrement }] of Object.entries(stores)) {
      request.result.createObjectStore(store, { keyPath, autoIncrement })
    }
  }
  const database = await done(request)
  for (const [store, all] of Object.entries(await rows())) {
    const objectStore = database.transaction(store, 'readwrite').objectStore(store)
    await Promise.all(all.map(({ value, key }) => done(objectStore.put(value, key))))
  }
  database.close()
}

/** The stores that a database has, in the form of a fixture. */
export async function shapeOf(name: string): Promise<Pick<SchemaFixture, 'version' | 'stores'>> {
  const database = await done(indexedDB.open(name))
  const { version, objectStoreNames } = database
  const transaction = database.transaction([...objectStoreNames])
  const stores = [...objectStoreNames].map((store) => {
    const { keyPath, autoIncrement, indexNames } = transaction.objectStore(store)
    const shape = { keyPath: keyPath as string | null, autoIncrement, indexes: [...indexNames] }
    return [store, shape] as const
  })
  database.close()
  return { version, stores: Object.fromEntries(stores) }
}

export function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
