using FedHe.Learning.Kernels;
using FedHe.Learning.Layers;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.PerSample;

/// <summary>The company of a sample is the batch in which its gradient is computed; its gradient must not depend on it, not even
/// in the last bit.</summary>
internal static class SampleCompany
{
    private const int LargestBatch = 64;
    private const int LargestKeptTogether = 1 << 22;    // 16 MiB

    // A vector library computes the last values of a very short array by other instructions.
    private const int ShortestArray = 16;

    /// <summary>Tells whether a layer of this kind treats every sample of a batch by itself. Layers of other kinds may mix
    /// samples, as a normalization over the batch does, and see one sample at a time.</summary>
    public static bool IsIndependent(Layer layer) => layer is Dense or Convolution2d or Activation or Flatten or Pooling2d;

    /// <summary>Finds the number of samples to compute together.</summary>
    public static int LargestBatchOf(Model model)
    {
        if (!model.Layers.All(IsIndependent))
        {
            return 1;
        }

        long kept = 1;
        TensorShape shape = model.SampleShape;
        foreach (Layer layer in model.Layers)
        {
            if (layer is Convolution2d convolution)
            {
                WindowGeometry geometry = convolution.GeometryOf(shape.Prepend(1));
                int outChannels = layer.Parameters[1].Shape[0];
                kept += ConvolutionMethods.Cheapest(geometry, outChannels) == ConvolutionMethod.Keep
                    ? outChannels * (geometry.WindowLength + 1L)
                    : 0;
            }

            shape = layer.OutputShape(shape);
        }

        return (int)Math.Clamp(LargestKeptTogether / kept, 1, LargestBatch);
    }

    /// <summary>Finds the smallest number of rows of a batch; rows without a sample are zero.</summary>
    public static int SmallestBatchOf(Model model)
    {
        if (!model.Layers.All(IsIndependent))
        {
            return 1;
        }

        int smallest = ShortestArray;
        TensorShape shape = model.SampleShape;
        foreach (Layer layer in model.Layers)
        {
            shape = layer.OutputShape(shape);
            smallest = layer is Activation ? Math.Min(smallest, Math.Max(1, shape.ElementCount)) : smallest;
        }

        return (ShortestArray + smallest - 1) / smallest;
    }
}
