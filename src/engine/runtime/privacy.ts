/**
 * ONNX Runtime's own builds report file names, hashes and timings of models to Microsoft, and keep an identifier
 * of the device under ~/.cache and log files in the temporary folder, unless this is set before it starts
 * (https://github.com/microsoft/onnxruntime/pull/27379). Nobody's models are anybody's business: import this
 * file before onnxruntime-node.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
