import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Field } from '../../shared/field';
import { UserError } from '../../shared/userError';
import { reasonOf } from '../reason';

/** Where NuGet's services are listed (https://learn.microsoft.com/nuget/api/service-index). */
export const nugetIndex = 'https://api.nuget.org/v3/index.json';

/** A package as NuGet's catalog describes it. */
export interface NugetPackage {
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-512 in base64. */
  readonly hash: string;
}

/** The kinds of the service that knows packages by version. */
const registrations = ['RegistrationsBaseUrl', 'RegistrationsBaseUrl/3.6.0'];

/** No package of ours is larger. */
const largestPackage = 2 ** 31;

/**
 * Looks a package up, without loading it: the registration of its version leads to the catalog, which holds its size and hash
 * (https://learn.microsoft.com/nuget/api/registration-base-url-resource, ../catalog-resource).
 *
 * @param index the address of the service index
 * @throws UserError when it is not there, or NuGet cannot be reached
 */
export async function findPackage(name: string, version: string, index: string, signal?: AbortSignal): Promise<NugetPackage> {
  const services = (await readJson(index, index, signal)).at('resources').list();
  const service = services.findLast((resource) => registrations.includes(resource.at('@type').text()))?.at('@id').text();
  if (service === undefined) throw new UserError(`${index} lists no RegistrationsBaseUrl; expected a NuGet service`);
  const leafAddress = new URL(`${name}/${version}.json`.toLowerCase(), service.endsWith('/') ? service : `${service}/`).href;
  const leaf = await readJson(leafAddress, index, signal);
  const entry = await readJson(leaf.at('catalogEntry').text(), index, signal);
  const [foundName, foundVersion] = [entry.at('id').text(), entry.at('version').text()];
  if (foundName.toLowerCase() !== name.toLowerCase() || foundVersion !== version) throw new UserError(`${index} answers with ${foundName} ${foundVersion}, expected ${name} ${version}`);
  entry.at('packageHashAlgorithm').oneOf(['SHA512']);
  return {
    url: safeAddress(leaf.at('packageContent').text(), index),
    size: entry.at('packageSize').integer({ min: 1, max: largestPackage }),
    hash: entry.at('packageHash').text(),
  };
}

/**
 * Loads a package into a file, piece by piece.
 *
 * @param onProgress told how many bytes have come
 * @throws UserError when it does not come, or is not what the catalog describes
 */
export async function download({ url, size, hash }: NugetPackage, path: string, onProgress: (bytes: number) => void, signal?: AbortSignal): Promise<void> {
  const { body } = await get(url, signal);
  const digest = createHash('sha512');
  let bytes = 0;
  const file = await open(path, 'w');
  try {
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      if (bytes > size) break;
      digest.update(piece);
      await file.writeFile(piece);
      onProgress(bytes);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new UserError(`${url} did not come as a whole: ${causeOf(error)}; try again`);
  } finally {
    await file.close();
  }
  if (bytes !== size) throw new UserError(`${url} has ${bytes > size ? 'more' : bytes} bytes, expected ${size}; try again`);
  if (digest.digest('base64') !== hash) throw new UserError(`${url} is not what NuGet's catalog describes: its SHA-512 differs; nothing was installed`);
}

async function readJson(address: string, index: string, signal: AbortSignal | undefined): Promise<Field> {
  const response = await get(safeAddress(address, index), signal);
  try {
    return new Field(await response.json(), address);
  } catch (error) {
    signal?.throwIfAborted();
    throw new UserError(`${address} cannot be read: ${reasonOf(error)}`);
  }
}

async function get(address: string, signal: AbortSignal | undefined): Promise<Response> {
  const response = await fetch(address, { signal: signal ?? null }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw new UserError(`${address} cannot be reached: ${causeOf(error)}; check the network, or choose a folder with the libraries`);
  });
  if (!response.ok) throw new UserError(`${address} answers ${response.status} ${response.statusText}`);
  return response;
}

/** An address that is asked for in the same way as the index, which is https. */
function safeAddress(address: string, index: string): string {
  if (!URL.canParse(address) || new URL(address).protocol !== new URL(index).protocol) throw new UserError(`NuGet refers to ${address}; expected an address of ${new URL(index).protocol}//`);
  return address;
}

/** fetch says "fetch failed", and the reason below it. */
function causeOf(error: unknown): string {
  return reasonOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
}
