/**
 * Matrix units of NVIDIA's GPUs round factors to 10 bits of mantissa (TF32) unless this is set before CUDA starts
 * (https://docs.nvidia.com/cuda/cublas, "NVIDIA_TF32_OVERRIDE"). A local direction is one of little energy outside of its
 * region, which such rounding blurs. Who sets it already knows better. Import this file before onnxruntime-node.
 */
process.env.NVIDIA_TF32_OVERRIDE ??= '0';
