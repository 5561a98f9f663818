import { basename } from 'node:path';
import { arrayShape } from '../exchange/directionArray';
import { directionsArray } from '../exchange/exportDirections';
import { importDirections } from '../exchange/importDirections';
import { readFileBytes } from '../files';
import type { Generator } from '../generators/generator';
import { readNpy, writeNpy } from '../npy';
import { checkDirection } from '../../shared/direction/checkDirection';
import { Field } from '../../shared/field';
import type { ArrayShape, EngineCalls } from '../../shared/protocol/engineProtocol';
import { validateRegion } from '../../shared/region';
import type { Context } from '../../shared/protocol/rpc';
import { checkLayers } from './checks';

/** @throws UserError when the file cannot be read, or holds no directions */
export async function shapeOfArray(path: string): Promise<ArrayShape> {
  const name = basename(path);
  return arrayShape(readNpy(await readFileBytes(path), name), name);
}

/** @throws UserError when the array does not fit the generator, or the choices do not fit the array; CancelledError where the caller cancels */
export async function importFromArray(
  generator: Generator,
  { path, rows, space, layers, region, label }: EngineCalls['importDirections']['params'],
  { signal, progress }: Context<EngineCalls['importDirections']['progress']>,
): Promise<EngineCalls['importDirections']['result']> {
  const choices = {
    rows: new Field(rows, 'the rows').list().map((row) => row.integer({ min: 0 })),
    ...(space === undefined ? {} : { space }),
    ...(layers === undefined ? {} : { layers: checkLayers(generator, layers) }),
    ...(region === undefined ? {} : { region: validateRegion(region, 'the region') }),
    ...(label === undefined ? {} : { label }),
  };
  const file = { name: basename(path), bytes: await readFileBytes(path) };
  return { directions: await importDirections(generator, file, choices, (done, all) => { progress({ done, all }); }, signal) };
}

/** @throws UserError when the directions are not of one generator */
export function exportAsArray({ directions, layerCount }: EngineCalls['exportDirections']['params']): Uint8Array {
  const checked = directions.map((direction) => checkDirection(new Field(direction, 'the direction')));
  const { dims, data } = directionsArray(checked, layerCount);
  return writeNpy(dims, data);
}
