import { askFile } from '../generators/chooseGenerator';
import { importArray } from '../exchange/importArray';
import { urisOf } from './arguments';
import type { Command } from './command';

/** Takes over directions of NumPy arrays: those selected, or one that the user chooses. */
export const importDirections: Command = {
  id: 'resefa.importDirections',
  run: async (services, argument, selection) => {
    const given = urisOf(argument, selection).filter((uri) => /\.npy$/i.test(uri.path));
    const chosen = given.length > 0 ? given : [(await askFile({ title: 'Import directions', openLabel: 'Import', filters: { 'NumPy arrays': ['npy'] } })) ?? []].flat();
    for (const uri of chosen) await importArray(uri, services);
  },
};
