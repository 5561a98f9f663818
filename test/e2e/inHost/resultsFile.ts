/** The file beside the runner that it leaves its results in. */
export const resultsFile = 'results.json';
